import { convert } from "../convert/mod.ts";
import { fileProvenance } from "../convert/file_provenance.ts";
import type { GivenImage } from "../image/given_image.ts";
import { decodeImage } from "../image/mod.ts";
import { inceptionV3, modelMetadata } from "../model/mod.ts";
import { adapt as adaptNetwork, type Adapted } from "../train/adapt.ts";
import { pickEvenly } from "../train/pick_evenly.ts";
import { tellAssumed } from "./model_notes.ts";
import { sourceName } from "./source_name.ts";
import { type Command, parseOne } from "./command.ts";
import { flag, number, requiredText, text, variant } from "./option_kinds.ts";
import { counted, megabytes } from "../text/numbers.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  type ImageReading,
  imageReading,
} from "./image_options.ts";
import { assertFiles, findInputs, readBytes } from "./image_files.ts";
import { readLabels } from "./class_files.ts";
import { loadFloat } from "./load_network.ts";
import {
  LABELS_HELP,
  LABELS_OPTION,
  NETWORK_HELP,
  NETWORK_OPTIONS,
  networkMetadata,
} from "./network_options.ts";
import type { Terminal } from "./terminal.ts";
import { loadForPhotos } from "./load_for_photos.ts";
import { assertWritable } from "./write_file.ts";
import { writeNetworkWhole } from "./network_file.ts";

/** `totem adapt` */
export const adapt: Command = {
  summary: "Adapt a model to low-resolution images",
  help: `\
Usage: totem adapt SOURCE --images PATH --out FILE [options]

Adapts a model to low-resolution images. It re-estimates the batch norm
statistics so that the features come close to those of the same photos at the
model's own resolution, usually 299 pixels. SOURCE is a model as for totem
convert, but not an int8 file: give the model that it was converted from. FILE
is an int8 model for the new resolution that every command takes as --model.

Every fifth photo is held out for validation. If that shows no improvement, the
weights stay as they are.

Options:
  --images PATH      Photos like those the model will see, without labels: a
                     folder, a file or a glob
  --out FILE         Output file, a .safetensors. Its folder is created
  --variant NAME     low79, low151, or a size in pixels below that of SOURCE
                     (default: low79)
  --batch-norm MOMENTUM
                     How far to move the batch norm statistics towards those of
                     the low resolution, 0 to 1 (default: 0.5)
${LABELS_HELP}
  --license NAME     Licence of the weights, stated in the file (default: that
                     of a known model, else "unknown")
  --json             Print the report as one JSON object

${IMAGE_HELP}

Model options:
${NETWORK_HELP}

Example:
  totem adapt model/model.json --images photos/ --out low79.safetensors
  totem classify --model low79.safetensors photo.jpg`,
  async run(args, io) {
    const values = parseOne(args, "adapt", "SOURCE", {
      ...IMAGE_OPTIONS,
      images: requiredText("PATH"),
      out: requiredText("FILE"),
      variant: variant("low79"),
      "batch-norm": number(0.5, "from 0 to 1", (it) => it >= 0 && it <= 1),
      ...LABELS_OPTION,
      license: text(),
      ...NETWORK_OPTIONS,
      json: flag,
    });
    const { argument: source, images, out, license } = values;
    const settings = {
      variant: values.variant,
      batchNorm: values["batch-norm"],
    };
    const reading = imageReading(values);
    await assertWritable(out, ".safetensors", [source, images, values.labels]);
    const { photos, failed } = await findPhotos(io, images, reading);
    const classes = values.labels === undefined
      ? undefined
      : await readLabels(values.labels);
    await loadForPhotos(source);
    const network = await loadFloat(
      io,
      "adapt",
      source,
      classes,
      networkMetadata(values),
    );
    tellAssumed(io, source, modelMetadata(network, settings.variant));

    const adapted = await adaptNetwork(network, photos, settings);
    const byteLength = await writeFile(io, out, adapted, photos, {
      source,
      license,
    });
    if (values.json) {
      const { heldOut, cosine } = adapted;
      io.printJson({ out, byteLength, heldOut, cosine });
    } else {
      io.print(`${io.paint("bold", out)}: ${megabytes(byteLength)}`);
      const [side] = inceptionV3({ variant: network.variant ?? "full" }).input;
      printReport(io, adapted, side, photos.length);
    }
    return failed === 0 ? 0 : 1;
  },
};

/** Finds the photos that can be decoded, and reports the others. */
async function findPhotos(io: Terminal, path: string, reading: ImageReading) {
  const { files, problems, passedOver } = await findInputs([path]);
  assertFiles(path, { files, problems, passedOver });
  for (const { path, reason } of problems) io.tellProblem(path, reason);
  const photos: GivenImage[] = [];
  using progress = io.showProgress((done, total) =>
    `${done} of ${total} photos read`
  );
  for (const [i, file] of files.entries()) {
    const read = async () =>
      decodeImage(await readBytes(file, io.streams), reading);
    try {
      await read();
      photos.push({ read });
    } catch (error) {
      progress.clear();
      io.tellProblem(file, error);
    }
    progress.update(i + 1, files.length);
  }
  progress.clear();
  passedOver.tell(io);
  const failed = files.length - photos.length + problems.length;
  return { photos, failed };
}

/** The maximum number of photos used to calibrate the ranges of the activations. */
const CALIBRATION_PHOTOS = 32;

/** @returns The file's length. */
async function writeFile(
  io: Terminal,
  out: string,
  { network }: Adapted,
  photos: readonly GivenImage[],
  { source, license }: {
    readonly source: string;
    readonly license: string | undefined;
  },
): Promise<number> {
  using progress = io.showProgress((done, total) =>
    `${done} of ${total} photos set ranges`
  );
  const some = pickEvenly(photos, CALIBRATION_PHOTOS);
  const provenance = fileProvenance(
    sourceName(source),
    license ?? network.license,
  );
  const converted = await convert(network, some, {
    source: `${provenance.source}, adapted to ${network.variant}`,
    license: provenance.license,
    onProgress: ({ done }) => progress.update(done, some.length),
  });
  return await writeNetworkWhole(out, converted.network);
}

function printReport(
  io: Terminal,
  { heldOut, cosine }: Adapted,
  side: number,
  photos: number,
): void {
  const { before, batchNorm } = cosine;
  io.print(
    `adapted by ${
      counted(photos - heldOut, "photo")
    }; cosine to the features at ${side} pixels, on ${
      counted(heldOut, "other photo")
    }:`,
  );
  io.print(
    `${before.toFixed(4)}  before`,
    `${batchNorm.toFixed(4)}  after${
      batchNorm > before
        ? ""
        : ", which is no better: the statistics stay as they were"
    }`,
  );
}
