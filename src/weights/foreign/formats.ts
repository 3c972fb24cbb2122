/**
 * The formats of other tools, recognized by their first bytes.
 *
 * @module
 */
import type { ImportOptions } from "../load_options.ts";
import type { Network } from "../../model/network.ts";
import { readKerasArchiveFile, readKerasH5File } from "../keras/read.ts";
import { loadTfjsModel } from "../tfjs_model.ts";
import { isFrozenGraph, readFrozenGraph } from "../tensorflow/frozen_graph.ts";
import { isSavedModel, readSavedModel } from "../tensorflow/saved_model.ts";
import { isZip } from "../zip.ts";
import { isHdf5 } from "../hdf5/signature.ts";
import { MAX_JSON, MAX_WEIGHTS } from "../limits.ts";
import { isOnnx } from "../onnx/model.ts";
import { readOnnx } from "../onnx/read.ts";
import { isPickle } from "../torch/open_checkpoint.ts";
import { readTorch } from "../torch/read_torch.ts";
import { isTflite } from "../tflite/model.ts";
import { readTflite } from "../tflite/read.ts";
import type { FoundClasses } from "../labels.ts";
import type { ForeignFile, ForeignReader } from "./file.ts";
import { importedNetwork } from "./network.ts";

/** A supported format. */
export interface ForeignFormat {
  /** With its article: `"a Keras model (.h5)"`. */
  readonly what: string;
  /** Whether a file that begins with `start`, usually 64 bytes, has this format. */
  begins(start: Uint8Array): boolean;
  /** File names that imply this format, for files whose first bytes match no format. */
  readonly ending?: RegExp;
  /** Maximum file size, in bytes; {@linkcode MAX_WEIGHTS} by default. */
  readonly limit?: number;
  /** Whether the model spans several files. */
  readonly hasParts?: boolean;
  /** Loads the network in a file. `classes` come from a file beside it. */
  load(
    file: ForeignFile,
    options: ImportOptions,
    classes: FoundClasses | undefined,
  ): Network | Promise<Network>;
}

const FORMATS: readonly ForeignFormat[] = [
  {
    what: "a Keras model (.keras)",
    // The name of the archive's first file follows its header's 30 bytes.
    begins: (start) =>
      isZip(start) && /^(metadata\.json|config\.json|model\.weights)/
        .test(latin1(start.subarray(30))),
    load: imported(readKerasArchiveFile),
  },
  {
    what: "a Keras model (.h5)",
    begins: isHdf5,
    load: imported(readKerasH5File),
  },
  {
    what: "an ONNX model (.onnx)",
    begins: isOnnx,
    ending: /\.onnx$/i,
    load: imported(readOnnx),
  },
  {
    what: "a TFLite model (.tflite)",
    begins: isTflite,
    load: imported(readTflite),
  },
  {
    what: "a TFJS model (model.json)",
    begins: (start) => /^\s*\{/.test(latin1(start)),
    ending: /\.json$/i,
    limit: MAX_JSON,
    hasParts: true,
    load: loadTfjsModel,
  },
  {
    what: "a TensorFlow SavedModel (saved_model.pb)",
    begins: isSavedModel,
    hasParts: true,
    load: imported(readSavedModel),
  },
  {
    what: "a frozen TensorFlow graph (.pb)",
    begins: isFrozenGraph,
    ending: /\.pb$/i,
    load: imported(readFrozenGraph),
  },
  {
    what: "a PyTorch model",
    begins: (start) => isPickle(start) || IS_TORCH_ZIP.test(latin1(start)),
    load: imported(readTorch),
  },
];

/** The `load` of a format whose files are read as a whole. */
function imported(read: ForeignReader): ForeignFormat["load"] {
  return async (file, options, classes) =>
    importedNetwork(await read(file), options, classes);
}

/** An archive whose first entry is in a folder, or has a name too long for 64 bytes. */
// deno-lint-ignore no-control-regex
const IS_TORCH_ZIP = /^PK\x03\x04.{26}([^/]+\/|[^/]{34})/s;

/** The format of a file by its first 64 bytes, or fewer in a shorter file. */
export function findFormat(start: Uint8Array): ForeignFormat | undefined {
  return FORMATS.find((it) => it.begins(start));
}

/** The format by name, for a file whose first bytes match no format. */
export function formatNamed(name: string): ForeignFormat | undefined {
  return FORMATS.find(({ ending }) => ending?.test(name));
}

/** Maximum size of a file of this format, in bytes. */
export function formatLimit({ limit = MAX_WEIGHTS }: ForeignFormat): number {
  return limit;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64));
}
