import { ArgumentError } from "../errors.ts";
import { decodeImage } from "../image/mod.ts";
import {
  isQuantized,
  modelMetadata,
  type QuantizedNetwork,
} from "../model/mod.ts";
import type { LabelledImage } from "../labelled_image.ts";
import { finetune as teach } from "../train/finetune.ts";
import { displaySource } from "../io/address.ts";
import { tellAssumed } from "./model_notes.ts";
import { type ClassFolder, findClassFolders } from "./class_folders.ts";
import { type Command, parseOne } from "./command.ts";
import { featureTable } from "./feature_table.ts";
import {
  printFinetuned,
  printFinetunedJson,
  writeChart,
} from "./finetune_report.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  type ImageReading,
  imageReading,
} from "./image_options.ts";
import { readBytes } from "./image_files.ts";
import { loadNetwork } from "./load_network.ts";
import type { Terminal } from "./terminal.ts";
import { assertWritable, partPath } from "./write_file.ts";
import { writeNetworkWhole } from "./network_file.ts";
import type { NetworkMetadata } from "../weights/load_options.ts";
import { MAX_HIDDEN_UNITS } from "../train/finetune_options.ts";
import {
  choice,
  count,
  fileVariant,
  flag,
  number,
  part,
  requiredText,
  text,
  threads,
} from "./option_kinds.ts";
import { UsageError } from "./options.ts";
import {
  askedPreprocessing,
  PREPROCESSING_HELP,
  PREPROCESSING_OPTIONS,
} from "./preprocessing_options.ts";

/** `totem finetune` */
export const finetune: Command = {
  summary: "Train a classifier for your own classes",
  help: `\
Usage: totem finetune FOLDER --out FILE [options]

Trains a new classifier for your own classes on the features of an existing
model. FOLDER has one subfolder of photos per class, named after the class. The
classifier uses softmax: each photo has one class. FILE is an int8 model that
every command takes as --model.

Options:
  --out FILE         Output file, a .safetensors. Its folder is created
  --model SOURCE     Model to take features from: name from totem models, or
                     path or URL of a Totem file (default: nsfw)
  --validation FOLDER
                     Photos of the same classes for validation
  --validation-split PART
                     Without --validation: fraction of each class's photos to
                     hold out for validation, >= 0 and < 1 (default: 0.2)
  --svg FILE         Draw the confusion matrix, an .svg
  --json             Print the report as one JSON object

Training options:
  --epochs N         Maximum number of epochs (default: 60)
  --patience N       Stop after N epochs without improvement (default: 10)
  --augmentations N  Views of each photo to train on: itself and random crops,
                     half of them mirrored (default: 4)
  --hidden-units N   Units of a hidden layer, up to 16384 (default: no hidden
                     layer)
  --dropout PART     Dropout rate before the last layer, >= 0 and < 1 (default:
                     0)
  --label-smoothing PART
                     Epsilon of label smoothing, >= 0 and < 1 (default: 0.1)
  --optimizer NAME   rmsprop, as in the paper, or adam (default: rmsprop)
  --learning-rate R  Learning rate (default: 0.045 with rmsprop, 0.001 with
                     adam)
  --seed N           Random seed (default: 1)
  --threads N        Threads that compute features, 1 to 64, or auto: one per
                     core (default: auto)

${IMAGE_HELP}

Model options:
  --variant NAME     Input size of the file: full (299 pixels), low151, low79,
                     or a size in pixels (default: what the model says, else
                     full)

${PREPROCESSING_HELP}

Example:
  totem finetune parts/ --out parts.safetensors
  totem classify --model parts.safetensors photo.jpg`,
  async run(args, io) {
    const { argument: folder, out, validation, model, svg, json, ...values } =
      parseOne(args, "finetune", "FOLDER", {
        ...IMAGE_OPTIONS,
        out: requiredText("FILE"),
        model: text("nsfw"),
        validation: text(),
        "validation-split": part(undefined),
        augmentations: count(4, 1),
        "hidden-units": count(undefined, 1, MAX_HIDDEN_UNITS),
        dropout: part(0),
        "label-smoothing": part(0.1),
        optimizer: choice("rmsprop", ["rmsprop", "adam"]),
        "learning-rate": number(
          undefined,
          "> 0",
          (it) => it > 0 && it < Infinity,
        ),
        epochs: count(60, 1),
        patience: count(10, 1),
        seed: count(1, 0),
        variant: fileVariant,
        threads,
        ...PREPROCESSING_OPTIONS,
        svg: text(),
        json: flag,
      });
    const split = values["validation-split"];
    if (validation !== undefined && split !== undefined) {
      throw new UsageError(
        "Cannot use --validation-split with --validation: it has the photos to measure with",
      );
    }
    const settings = {
      validationSplit: split ?? 0.2,
      augmentations: values.augmentations,
      hiddenUnits: values["hidden-units"],
      dropout: values.dropout,
      labelSmoothing: { epsilon: values["label-smoothing"] },
      optimizer: values.optimizer,
      learningRate: values["learning-rate"],
      epochs: values.epochs,
      patience: values.patience,
      seed: values.seed,
      variant: values.variant,
      threads: values.threads,
      threading: "throughput" as const,
    };
    const reading = imageReading(values);
    const photos = await findPhotos(folder, validation);
    const inputs = [folder, validation, model];
    await assertWritable(out, ".safetensors", inputs);
    if (svg !== undefined) {
      await assertWritable(svg, ".svg", [...inputs, out]);
    }
    const base = await loadBase(io, model, {
      preprocessing: askedPreprocessing(values),
    });
    tellAssumed(io, model, modelMetadata(base, settings.variant));

    using learnt = featureTable(partPath(out));
    using heldOut = featureTable(partPath(out));
    const tables = [heldOut, learnt];
    using progress = io.showProgress((done, total) =>
      `${done} of ${total} photos done`
    );
    const problems = photos.found.flatMap((it) => it.problems);
    for (const { path, reason } of problems) io.tellProblem(path, reason);
    let failed = 0;
    let done = 0;
    const result = await teach(
      base,
      decodeAll(io, photos.files, reading, (file, problem) => {
        progress.clear();
        io.tellProblem(file, problem);
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
    if (svg !== undefined) await writeChart(io, svg, result);
    if (json) printFinetunedJson(io, out, byteLength, result);
    else printFinetuned(io, out, byteLength, result);
    for (const { passedOver } of photos.found) passedOver.tell(io);
    return failed + problems.length === 0 ? 0 : 1;
  },
};

/** A photo's file, and its role. */
interface PhotoFile extends Pick<LabelledImage, "label" | "heldOut"> {
  readonly file: string;
}

/**
 * @throws {ArgumentError} When there is only one class, or a validation photo has an
 * unknown class.
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

async function loadBase(
  io: Terminal,
  source: string,
  options: Pick<NetworkMetadata, "preprocessing">,
): Promise<QuantizedNetwork> {
  const network = await loadNetwork(io, source, options);
  if (isQuantized(network)) return network;
  throw new ArgumentError(
    `Cannot teach ${
      displaySource(source)
    } as its weights are f32: totem convert makes a file of int8`,
  );
}

/** Decodes files one by one. Skips unreadable files after calling `onBroken`. */
async function* decodeAll(
  io: Terminal,
  files: readonly PhotoFile[],
  reading: ImageReading,
  onBroken: (file: string, problem: unknown) => void,
): AsyncGenerator<LabelledImage> {
  for (const { file, ...what } of files) {
    const image = await readBytes(file, io.streams)
      .then((bytes) => decodeImage(bytes, reading))
      .catch((error) => onBroken(file, error));
    if (image) yield { image, ...what };
  }
}
