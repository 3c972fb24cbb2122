import {
  convert as convertNetwork,
  type ConvertProgress,
} from "../convert/mod.ts";
import { ArgumentError } from "../errors.ts";
import type { Pixels } from "../image/mod.ts";
import { modelMetadata } from "../model/mod.ts";
import { displaySource } from "../io/address.ts";
import { tellAssumed } from "./assumed.ts";
import { type Command, parseOne } from "./command.ts";
import { fileVariant, flag, requiredText, text } from "./option_kinds.ts";
import { counted } from "./counted.ts";
import { printFidelities } from "./fidelity_report.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  type ImageReading,
  imageReading,
} from "./image_options.ts";
import { assertFiles, findInputs } from "./inputs.ts";
import { readLabels } from "./labels.ts";
import { loadFloat } from "./load_float.ts";
import { megabytes } from "./megabytes.ts";
import type { Terminal } from "./terminal.ts";
import { type OnBroken, readPhoto } from "./read_photo.ts";
import { assertWritable } from "./write_file.ts";
import { writeNetworkWhole } from "./write_network.ts";

/** `totem convert` */
export const convert: Command = {
  summary: "Make an int8 file of an Inception-v3",
  help: `\
Usage: totem convert SOURCE --out FILE [options]

Makes a Totem file, with int8 weights, of an Inception-v3: a known name, or the
path or address of a TFJS layers model's model.json, a Keras .h5 file, or
torchvision's or timm's .safetensors.

Options:
  --out FILE         Where the file goes: a .safetensors
  --calibrate PATH   Photos that set the ranges of the activations, a dozen or
                     more like those the model will see: a folder, a file or a
                     glob. Without them batch norm's statistics set the ranges
  --evaluate PATH    Photos on which int8 is compared with f32. Without them,
                     every fifth photo of --calibrate is kept for that, and
                     none of fewer than 5
  --labels FILE      The classes' names: JSON, or one a line
  --license NAME     The licence of the weights, which the file states
                     (default: a known model's own, else "unknown")
  --variant NAME     The size that the file is for: full (299 pixels), low151,
                     low79, or a size in pixels (default: what SOURCE says, else
                     full)
${IMAGE_HELP}
  --json             The report as one JSON object. A layer has no signalToNoise
                     where its outputs or their error are 0 for every photo; the
                     table has a "-" there

Example:
  totem convert model/model.json --out parts.safetensors --calibrate photos/`,
  async run(args, terminal) {
    const values = parseOne(args, "convert", "SOURCE", {
      ...IMAGE_OPTIONS,
      out: requiredText("FILE"),
      calibrate: text(),
      evaluate: text(),
      labels: text(),
      license: text(),
      variant: fileVariant,
      json: flag,
    });
    const { argument: source, out, variant } = values;
    const reading = imageReading(values);
    await assertWritable(out, ".safetensors", [
      source,
      values.calibrate,
      values.evaluate,
      values.labels,
    ]);
    const { photos, heldOut } = await findPhotos(
      terminal,
      values.calibrate,
      values.evaluate,
    );
    const classes = values.labels === undefined
      ? undefined
      : await readLabels(values.labels);

    const f32 = await loadFloat(terminal, "convert", source, classes);
    tellAssumed(terminal, source, modelMetadata(f32, variant));

    const { network, fidelities } = await withProgress(
      terminal,
      photos.length,
      (onProgress, clear) => {
        const onBroken = (file: string, error: unknown) => {
          clear();
          tellLeftOut(terminal, file, error);
        };
        return convertNetwork(
          f32,
          photos.length === 0 ? null : assertSome(
            decodeAll(terminal, photos, reading, onBroken),
            values.calibrate,
          ),
          {
            variant,
            compareOn: decodeAll(terminal, heldOut, reading, onBroken),
            source: displaySource(source),
            license: values.license,
            onProgress,
          },
        );
      },
    );
    const byteLength = await writeNetworkWhole(out, network);
    const { calibration } = network;
    if (values.json) {
      const metadata = modelMetadata(network);
      terminal.printJson({
        out,
        byteLength,
        metadata,
        calibration,
        fidelities,
      });
    } else {
      terminal.print(
        `${terminal.paint("bold", out)}: ${megabytes(byteLength)}`,
      );
      terminal.print(
        calibration.method === "batch-norm"
          ? "ranges set by batch norm's statistics"
          : `ranges set by ${counted(calibration.images, "photo")}`,
      );
      printFidelities(terminal, fidelities);
    }
    return 0;
  },
};

/** The photos that set ranges, and those on which int8 is compared with f32. */
async function findPhotos(
  terminal: Terminal,
  calibrate: string | undefined,
  evaluate: string | undefined,
) {
  const find = async (path: string | undefined) => {
    if (path === undefined) return [];
    const { files, problems, passedOver } = await findInputs([path]);
    assertFiles(path, { files, problems, passedOver });
    for (const { path, reason } of problems) {
      tellLeftOut(terminal, path, reason);
    }
    passedOver.tell(terminal);
    return files;
  };
  const files = await find(calibrate);
  if (evaluate !== undefined || files.length < 5) {
    return { photos: files, heldOut: await find(evaluate) };
  }
  const isHeldOut = (_: string, i: number) => i % 5 === 4;
  return {
    photos: files.filter((it, i) => !isHeldOut(it, i)),
    heldOut: files.filter(isHeldOut),
  };
}

/** Shows how far a conversion is that `photos` photos set the ranges of. */
async function withProgress<T>(
  terminal: Terminal,
  photos: number,
  work: (
    onProgress: (progress: ConvertProgress) => void,
    clear: () => void,
  ) => Promise<T>,
): Promise<T> {
  using calibrating = terminal.showProgress((done, total) =>
    `${done} of ${total} photos set ranges`
  );
  using comparing = terminal.showProgress((done, total) =>
    `${done} of ${total} runs compared`
  );
  const clear = () => {
    calibrating.clear();
    comparing.clear();
  };
  return await work(({ stage, done, total }) => {
    if (stage === "calibrate") return calibrating.update(done, photos);
    calibrating.clear();
    comparing.update(done, total!);
  }, clear);
}

/** Decodes files one after the other; a broken one is left out. */
async function* decodeAll(
  terminal: Terminal,
  files: readonly string[],
  reading: ImageReading,
  onBroken: OnBroken,
): AsyncGenerator<Pixels> {
  for (const file of files) {
    const photo = await readPhoto(terminal, file, reading, onBroken);
    if (photo !== null) yield photo;
  }
}

/** Passes photos on, and fails at the end if there was none. */
async function* assertSome(
  photos: AsyncIterable<Pixels>,
  path: string | undefined,
): AsyncGenerator<Pixels> {
  let isEmpty = true;
  for await (const photo of photos) {
    isEmpty = false;
    yield photo;
  }
  if (isEmpty) {
    throw new ArgumentError(
      `Cannot calibrate as none of the photos in ${path} can be read`,
    );
  }
}

function tellLeftOut(terminal: Terminal, what: string, problem: unknown): void {
  terminal.tellProblem(what, problem, { word: "left out", style: "yellow" });
}
