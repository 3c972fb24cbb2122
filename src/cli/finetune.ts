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
import type { Command } from "./command.ts";
import { featureTable } from "./feature_table.ts";
import { FINETUNE_HELP, parseFinetune } from "./finetune_options.ts";
import {
  printFinetuned,
  printFinetunedJson,
  writeChart,
} from "./finetune_report.ts";
import type { ImageReading } from "./image_options.ts";
import { readBytes } from "./inputs.ts";
import { loadNetwork } from "./load_network.ts";
import type { Terminal } from "./terminal.ts";
import { assertWritable, partPath } from "./write_file.ts";
import { writeNetworkWhole } from "./network_file.ts";

/** `totem finetune` */
export const finetune: Command = {
  summary: "Teach a model classes of your own",
  help: FINETUNE_HELP,
  async run(args, io) {
    const { folder, validation, out, model, svg, json, settings, reading } =
      parseFinetune(args);
    const photos = await findPhotos(folder, validation);
    const inputs = [folder, validation, model];
    await assertWritable(out, ".safetensors", inputs);
    if (svg !== undefined) {
      await assertWritable(svg, ".svg", [...inputs, out]);
    }
    const base = await loadBase(io, model);
    tellAssumed(io, model, modelMetadata(base, settings.variant));

    using learnt = featureTable(partPath(out));
    using heldOut = featureTable(partPath(out));
    const tables = [heldOut, learnt];
    using progress = io.showProgress((done, total) =>
      `${done} of ${total} photos seen`
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

/** A photo's file, and what it is for. */
interface PhotoFile extends Pick<LabelledImage, "label" | "heldOut"> {
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

async function loadBase(
  io: Terminal,
  source: string,
): Promise<QuantizedNetwork> {
  const network = await loadNetwork(io, source);
  if (isQuantized(network)) return network;
  throw new ArgumentError(
    `Cannot teach ${
      displaySource(source)
    } as its weights are f32: totem convert makes a file of int8`,
  );
}

/** Decodes files one by one. One that can't be read is left out, after `onBroken`. */
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
