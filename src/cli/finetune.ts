import { MAX_HIDDEN_UNITS } from "../train/finetune_options.ts";
import { ArgumentError } from "../errors.ts";
import { factsOf, isQuantized, type QuantizedNetwork } from "../model/mod.ts";
import { confusionChart } from "../train/charts.ts";
import { classTable } from "../train/confusion_matrix.ts";
import type { LabelledPhoto } from "../train/features.ts";
import { finetune as teach, type Finetuned } from "../train/finetune.ts";
import { shownSource } from "../address.ts";
import { loadNetwork } from "../weights/load_network.ts";
import { tellAssumed } from "./assumed.ts";
import { type ClassFolder, findClassFolders } from "./class_folders.ts";
import {
  type Command,
  expectOnePositional,
  parse,
  parseChoice,
  parseCount,
  parseKept,
  parsePart,
  parseThreads,
  UsageError,
} from "./command.ts";
import { counted } from "./counted.ts";
import { featureTable } from "./feature_table.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  type ImageReading,
  parseImageOptions,
} from "./image_options.ts";
import { megabytes } from "./megabytes.ts";
import { type OnBroken, readPhoto } from "./read_photo.ts";
import { startLoading } from "./start_loading.ts";
import {
  paint,
  paintMessage,
  print,
  printJson,
  showProgress,
  tell,
  tellProblem,
} from "./terminal.ts";
import { expectWritable, partPath, writeFileWhole } from "./write_file.ts";
import { writeNetworkWhole } from "./write_network.ts";

/** `totem finetune` */
export const finetune: Command = {
  summary: "Teach a model classes of your own",
  help: `\
Usage: totem finetune FOLDER --out FILE [options]

Teaches a model new classes with photos: FOLDER has a folder for each class, whose
name is the class's. The features stay, and get a new classifier. FILE is an int8
model that every command takes as --model.

Options:
  --out FILE         Where the model goes: a .safetensors
  --model SOURCE     Whose features are used: a known name (see totem models), or
                     the path or address of a Totem file (default: nsfw)
  --validation FOLDER  Photos of the same classes to measure with
  --split PART       Without them, the part of each class's photos that is held out
                     for that, >= 0 and < 1 (default: 0.2)
  --views N          Views of each photo to learn from: itself, then crops and
                     mirror images (default: 4)
  --hidden N         Units of a hidden layer, 16384 at most (default: none)
  --dropout PART     What is dropped before the last layer, >= 0 and < 1
                     (default: 0)
  --smoothing PART   The label smoothing's epsilon, >= 0 and < 1 (default: 0.1)
  --optimizer NAME   rmsprop, the paper's, or adam (default: rmsprop)
  --learning-rate R  The optimizer's step size (default: 0.045 with rmsprop,
                     0.001 with adam)
  --epochs N         Most epochs to train (default: 60)
  --patience N       Stop after N epochs without improvement (default: 10)
  --seed N           Decides all that is random (default: 1)
  --variant NAME     full (299 pixels), low151, low79, or a size in pixels: FILE is
                     for it (default: what the model says, else full)
  --threads N        Threads that compute features (default: one a core)
${IMAGE_HELP}
  --svg FILE         The confusion matrix as a chart: an .svg
  --json             The report as one JSON object

Example:
  totem finetune parts/ --out parts.safetensors
  totem classify --model parts.safetensors photo.jpg`,
  async run(args) {
    const { values, positionals } = parse(args, {
      ...IMAGE_OPTIONS,
      out: { type: "string" },
      model: { type: "string", default: "nsfw" },
      validation: { type: "string" },
      split: { type: "string" },
      views: { type: "string", default: "4" },
      hidden: { type: "string" },
      dropout: { type: "string", default: "0" },
      smoothing: { type: "string", default: "0.1" },
      optimizer: { type: "string", default: "rmsprop" },
      "learning-rate": { type: "string" },
      epochs: { type: "string", default: "60" },
      patience: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      variant: { type: "string" },
      threads: { type: "string", default: "auto" },
      svg: { type: "string" },
      json: { type: "boolean" },
    });
    const folder = expectOnePositional(positionals, "finetune", "FOLDER");
    const { out, validation, split } = values;
    if (out === undefined) {
      throw new UsageError("Cannot finetune as --out FILE must be given");
    }
    if (validation !== undefined && split !== undefined) {
      throw new UsageError(
        "Cannot use --split with --validation: it has the photos to measure with",
      );
    }
    const rate = values["learning-rate"];
    const settings = {
      split: parsePart("split", split ?? "0.2"),
      views: parseCount("views", values.views, 1),
      hidden: values.hidden === undefined
        ? undefined
        : parseCount("hidden", values.hidden, 1, MAX_HIDDEN_UNITS),
      dropout: parsePart("dropout", values.dropout),
      smoothing: { epsilon: parsePart("smoothing", values.smoothing) },
      optimizer: parseChoice("optimizer", values.optimizer, OPTIMIZERS),
      learningRate: rate === undefined ? undefined : parseRate(rate),
      epochs: parseCount("epochs", values.epochs, 1),
      patience: parseCount("patience", values.patience, 1),
      seed: parseCount("seed", values.seed, 0),
      variant: parseKept(values.variant),
      threads: parseThreads(values.threads),
      parallel: "images" as const,
    };
    const reading = parseImageOptions(values);
    const photos = await findPhotos(folder, validation);
    const inputs = [folder, validation, values.model];
    await expectWritable(out, ".safetensors", inputs);
    if (values.svg !== undefined) {
      await expectWritable(values.svg, ".svg", [...inputs, out]);
    }
    const base = await loadBase(values.model);
    tellAssumed(values.model, factsOf(base, settings.variant));

    using learnt = featureTable(partPath(out));
    using heldOut = featureTable(partPath(out));
    const tables = [heldOut, learnt];
    using progress = showProgress((done, total) =>
      `${done} of ${total} photos seen`
    );
    const problems = photos.found.flatMap((it) => it.problems);
    for (const { path, reason } of problems) tellProblem(path, reason);
    let failed = 0;
    let done = 0;
    const result = await teach(
      base,
      decodeAll(photos.files, reading, (file, problem) => {
        progress.clear();
        tellProblem(file, problem);
        failed++;
      }),
      {
        ...settings,
        classes: photos.classes,
        createTable: () => tables.pop()!,
        onImage: () => progress.update(++done + failed, photos.files.length),
        onEpoch: () => progress.clear(),
      },
    );

    const byteLength = await writeNetworkWhole(out, result.network);
    if (values.svg !== undefined) await writeChart(values.svg, result);
    if (values.json) printJson(jsonOf(out, byteLength, result));
    else printReport(out, byteLength, result);
    for (const { passedOver } of photos.found) passedOver.tell();
    return failed + problems.length === 0 ? 0 : 1;
  },
};

const OPTIMIZERS = ["rmsprop", "adam"] as const;

function parseRate(text: string): number {
  const rate = Number(text);
  if (rate > 0 && rate < Infinity) return rate;
  throw new UsageError(
    `Cannot use --learning-rate ${text} as it must be a number > 0`,
  );
}

/** A photo's file, and what it is for. */
interface PhotoFile extends Pick<LabelledPhoto, "label" | "heldOut"> {
  readonly file: string;
}

/**
 * @throws {ArgumentError} When there is one class, or photos to measure with are of
 * another.
 */
async function findPhotos(folder: string, validation: string | undefined) {
  const found = await findClassFolders(folder);
  const learnt = found.classes;
  const classes = learnt.map(({ label }) => label);
  if (classes.length === 1) {
    throw new ArgumentError(
      `Cannot learn from ${folder} as there must be >= 2 classes to tell apart: there is 1, "${
        classes[0]
      }"`,
    );
  }
  if (validation === undefined) {
    return { classes, files: filesOf(learnt, undefined), found: [found] };
  }
  const foundToMeasure = await findClassFolders(validation);
  const kept = foundToMeasure.classes;
  const other = kept.find(({ label }) => !classes.includes(label));
  if (other !== undefined) {
    throw new ArgumentError(
      `Cannot measure with the class "${other.label}" of ${validation}: ${folder} has none of that name`,
    );
  }
  return {
    classes,
    files: [...filesOf(learnt, false), ...filesOf(kept, true)],
    found: [found, foundToMeasure],
  };
}

function filesOf(
  classes: readonly ClassFolder[],
  heldOut: boolean | undefined,
): readonly PhotoFile[] {
  return classes.flatMap(({ label, files }) =>
    files.map((file) => ({ label, file, heldOut }))
  );
}

async function loadBase(source: string): Promise<QuantizedNetwork> {
  using loading = await startLoading(source);
  const network = await loadNetwork(source, {
    store: loading.store,
    onProgress: loading.onProgress,
  });
  if (isQuantized(network)) return network;
  throw new ArgumentError(
    `Cannot teach ${
      shownSource(source)
    } as its weights are f32: totem convert makes a file of int8`,
  );
}

/** Decodes files one after the other; a broken one is told of and left out. */
async function* decodeAll(
  files: readonly PhotoFile[],
  reading: ImageReading,
  onBroken: OnBroken,
): AsyncGenerator<LabelledPhoto> {
  for (const { file, ...what } of files) {
    const image = await readPhoto(file, reading, onBroken);
    if (image !== null) yield { image, ...what };
  }
}

async function writeChart(path: string, { heldOut }: Finetuned) {
  if (heldOut === null) {
    tell(
      `${
        paintMessage("yellow", "left out")
      } ${path}: no photos were held out to draw it of`,
    );
    return;
  }
  const { confusion, accuracy } = heldOut;
  const title = `${percent(accuracy)} of the photos held out are right`;
  const chart = new Blob([confusionChart(title, confusion)]);
  await writeFileWhole(path, chart.stream());
}

function jsonOf(out: string, byteLength: number, result: Finetuned): unknown {
  const { network, views, bestEpoch, epochs, heldOut } = result;
  return {
    out,
    byteLength,
    classes: network.labels,
    views,
    bestEpoch,
    epochs,
    heldOut: heldOut && {
      loss: heldOut.loss,
      accuracy: heldOut.accuracy,
      confusion: Array.from(heldOut.confusion.counts),
    },
  };
}

function printReport(
  out: string,
  byteLength: number,
  { network, views, bestEpoch, epochs, heldOut }: Finetuned,
): void {
  print(`${paint("bold", out)}: ${megabytes(byteLength)}`);
  print(
    `${network.labels.length} classes, learnt from ${
      counted(views, "view")
    }; the best of ${counted(epochs.length, "epoch")} was number ${bestEpoch}`,
  );
  if (heldOut === null) return print("no photos were held out to measure it");
  const { accuracy, loss, confusion } = heldOut;
  print(
    `of the photos held out ${percent(accuracy)} are right, loss ${
      loss.toFixed(3)
    }`,
    "",
  );
  print(...classTable(confusion).split("\n"));
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`;
}
