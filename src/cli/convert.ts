import { MODEL_FILES } from "../weights/model_endings.ts";
import {
  convert as convertNetwork,
  type ConvertProgress,
} from "../convert/mod.ts";
import { ArgumentError } from "../errors.ts";
import { modelMetadata, type QuantizedNetwork } from "../model/mod.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { webSha256 } from "../weights/store/sha256.ts";
import { tellAssumed } from "./model_notes.ts";
import { sourceName } from "./source_name.ts";
import { type Command, parseOne } from "./command.ts";
import { fileVariant, flag, requiredText, text } from "./option_kinds.ts";
import {
  LABELS_HELP,
  LABELS_OPTION,
  NETWORK_HELP,
  NETWORK_OPTIONS,
  networkMetadata,
} from "./network_options.ts";
import { counted, megabytes } from "../text/numbers.ts";
import {
  assertExportOptions,
  exportEnding,
  exportModel,
} from "./export_model.ts";
import { printFidelities, warnOfFidelities } from "./fidelity_report.ts";
import { IMAGE_HELP, IMAGE_OPTIONS, imageReading } from "./image_options.ts";
import { assertFiles, findInputs, readBytes } from "./image_files.ts";
import { readLabels } from "./class_files.ts";
import { loadFloat, loadNetwork } from "./load_network.ts";
import type { Terminal } from "./terminal.ts";
import { loadForPhotos } from "./load_for_photos.ts";
import { assertWritable } from "./write_file.ts";
import { writeNetworkWhole } from "./network_file.ts";

/** `totem convert` */
export const convert: Command = {
  summary: "Convert a model to int8, or export it to ONNX or TFLite",
  help: `\
Usage: totem convert SOURCE --out FILE [options]

Converts an Inception-v3 of Keras, PyTorch, ONNX, TensorFlow, TFLite or TFJS to
a Totem file with int8 weights.

SOURCE is a known name (see totem models), or the path or URL of a model:
  ${MODEL_FILES}

With --out model.onnx or --out model.tflite, it exports the model for ONNX
Runtime, LiteRT and others. The weights keep their precision: int8 from a Totem
file, f32 from any other, known models included. The input is R, G and B in
0..255.

Options:
  --out FILE         Output file: .safetensors, .onnx or .tflite. Its folder is
                     created
  --calibrate PATH   Calibrate the activation ranges on photos: a folder, a file
                     or a glob. Use a dozen or more, like those the model will
                     see (default: ranges from the batch norm statistics)
  --evaluate PATH    Photos to compare int8 with f32 on (default: every fifth
                     photo of --calibrate, which then sets no ranges; none if
                     there are fewer than 5)
${LABELS_HELP}
  --license NAME     Licence of the weights, stated in the file (default: what
                     SOURCE says, else "unknown")
  --variant NAME     Input size of the file: full (299 pixels), low151, low79,
                     or a size in pixels (default: what SOURCE says, else full)
  --json             Print the report as one JSON object, with every layer
                     instead of the 5 worst. A layer has no signalToNoise ("-"
                     in the table) if its outputs or their errors are 0 for
                     every photo. comparedThatSetRanges counts photos that were
                     used for both calibration and comparison; agreement on them
                     is optimistic

${IMAGE_HELP}

Model options:
${NETWORK_HELP}

Examples:
  totem convert model/model.json --out parts.safetensors --calibrate photos/
  totem convert parts.safetensors --out parts.onnx`,
  async run(args, io) {
    const values = parseOne(args, "convert", "SOURCE", {
      ...IMAGE_OPTIONS,
      out: requiredText("FILE"),
      calibrate: text(),
      evaluate: text(),
      ...LABELS_OPTION,
      license: text(),
      variant: fileVariant,
      ...NETWORK_OPTIONS,
      json: flag,
    });
    const { argument: source, out, variant } = values;
    const reading = imageReading(values);
    const ending = exportEnding(out);
    if (ending !== undefined) assertExportOptions(out, values);
    await assertWritable(out, ending ?? [".safetensors", ".onnx", ".tflite"], [
      source,
      values.calibrate,
      values.evaluate,
      values.labels,
    ]);
    const classes = values.labels === undefined
      ? undefined
      : await readLabels(values.labels);
    if (ending !== undefined) {
      const metadata = networkMetadata(values);
      const { json } = values;
      const request = { source, out, ending, classes, metadata, variant, json };
      await exportModel(io, request);
      return 0;
    }
    const { photos, heldOut } = await findPhotos(
      io,
      values.calibrate,
      values.evaluate,
    );

    const kept = isAsKnown(values) ? await loadKnown(io, source) : undefined;
    if (photos.length + heldOut.length > 0) await loadForPhotos(source);
    using progress = showStages(io);
    let leftOut = 0;
    const convertSource = async () => {
      const metadata = networkMetadata(values);
      const f32 = await loadFloat(io, "convert", source, classes, metadata);
      tellAssumed(io, source, modelMetadata(f32, variant));
      return await convertNetwork(f32, photos.length === 0 ? null : photos, {
        ...reading,
        variant,
        compareOn: heldOut,
        source: sourceName(source),
        license: values.license,
        onProgress: progress.update,
        onError(error, photo) {
          progress.clear();
          const left = photo as PhotoFile;
          left.digest = undefined;
          tellLeftOut(io, left.file, error);
          leftOut++;
        },
      }).catch((error) => {
        if (photos.length === 0 || leftOut < photos.length) throw error;
        throw new ArgumentError(
          `Cannot calibrate as none of the photos in ${values.calibrate} can be read`,
        );
      });
    };
    const { network, fidelities } = kept ?? await convertSource();
    const byteLength = await writeNetworkWhole(out, network);
    const { calibration } = network;
    const setRanges = countShared(heldOut, photos);
    warnOfFidelities(io, out, fidelities);
    if (values.json) {
      const metadata = modelMetadata(network);
      io.printJson({
        out,
        byteLength,
        metadata,
        calibration,
        fidelities,
        comparedThatSetRanges: setRanges,
      });
    } else {
      io.print(`${io.paint("bold", out)}: ${megabytes(byteLength)}`);
      io.print(
        calibration.method === "batch-norm"
          ? "ranges set by batch norm statistics"
          : `ranges set by ${counted(calibration.images, "photo")}`,
      );
      printFidelities(io, fidelities, setRanges);
    }
    return 0;
  },
};

/** Whether to convert a known model in the same way as when it is loaded and cached. */
function isAsKnown(
  { argument, ...values }: Readonly<Record<string, unknown>> & {
    readonly argument: string;
  },
): boolean {
  return findKnownModel(argument) !== undefined &&
    CHANGES.every((it) => values[it] === undefined);
}

/** Options that change the file of a known model, or compare it. */
const CHANGES = [
  "calibrate",
  "evaluate",
  "labels",
  "license",
  "variant",
  ...Object.keys(NETWORK_OPTIONS),
];

/** Loads a known model, from the cache if possible. */
async function loadKnown(io: Terminal, source: string) {
  const network = await loadNetwork(io, source, { precision: "int8" });
  tellAssumed(io, source, modelMetadata(network));
  // With this precision, all networks are quantized.
  return { network: network as QuantizedNetwork, fidelities: [] };
}

/** A photo that is read on demand. */
interface PhotoFile {
  readonly file: string;
  /** The SHA-256 of its bytes, set once it is read; unset if it was left out. */
  digest: string | undefined;
  read(): Promise<Uint8Array>;
}

/** The number of `photos` with the same bytes as one of `others`. Names don't matter. */
function countShared(
  photos: readonly PhotoFile[],
  others: readonly PhotoFile[],
): number {
  const known = new Set(others.map(({ digest }) => digest));
  known.delete(undefined);
  return photos.filter(({ digest }) => known.has(digest)).length;
}

/** The photos that set the ranges, and those used to compare int8 with f32. */
async function findPhotos(
  io: Terminal,
  calibrate: string | undefined,
  evaluate: string | undefined,
) {
  const find = async (path: string | undefined) => {
    if (path === undefined) return [];
    const { files, problems, passedOver } = await findInputs([path]);
    assertFiles(path, { files, problems, passedOver });
    for (const { path, reason } of problems) {
      tellLeftOut(io, path, reason);
    }
    passedOver.tell(io);
    return files.map((file): PhotoFile => ({
      file,
      digest: undefined,
      async read() {
        const bytes = await readBytes(file, io.streams);
        const hash = webSha256();
        hash.update(bytes);
        this.digest = await hash.digest();
        return bytes;
      },
    }));
  };
  const files = await find(calibrate);
  if (evaluate !== undefined || files.length < 5) {
    return { photos: files, heldOut: await find(evaluate) };
  }
  const isHeldOut = (_: PhotoFile, i: number) => i % 5 === 4;
  return {
    photos: files.filter((it, i) => !isHeldOut(it, i)),
    heldOut: files.filter(isHeldOut),
  };
}

/** Shows the progress of both stages. */
function showStages(io: Terminal) {
  const calibrating = io.showProgress((done, total) =>
    `${done} of ${total} photos set ranges`
  );
  const comparing = io.showProgress((done, total) =>
    `${done} of ${total} runs compared`
  );
  const clear = () => {
    calibrating.clear();
    comparing.clear();
  };
  return {
    clear,
    update({ stage, done, total }: ConvertProgress) {
      if (stage === "calibrate") return calibrating.update(done, total!);
      calibrating.clear();
      comparing.update(done, total!);
    },
    [Symbol.dispose]: clear,
  };
}

function tellLeftOut(io: Terminal, what: string, problem: unknown): void {
  io.tellProblem(what, problem, { word: "left out", style: "yellow" });
}
