/**
 * The formats of other tools, known by their first bytes.
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
import type { ForeignFile, ForeignReader } from "./file.ts";

/** A format that is read. */
export interface ForeignFormat {
  /** With its article: `"a Keras model (.h5)"`. */
  readonly what: string;
  /** Whether a file that begins with `start`, mostly 64 bytes, has this format. */
  begins(start: Uint8Array): boolean;
  /** Names of files that can't be of another format, whatever their first bytes are. */
  readonly ending?: RegExp;
  /** The most bytes that a file may have; {@linkcode MAX_WEIGHTS} unless given. */
  readonly limit?: number;
  /** Whether the model is in other files beside this one, too. */
  readonly hasParts?: boolean;
  readonly read?: ForeignReader;
  /** As `read`, of a format that makes the network by itself. */
  readonly load?: (
    file: ForeignFile,
    options: ImportOptions,
  ) => Network | Promise<Network>;
}

const FORMATS: readonly ForeignFormat[] = [
  {
    what: "a Keras model (.keras)",
    // The name of the archive's first file follows its header's 30 bytes.
    begins: (start) =>
      isZip(start) && /^(metadata\.json|config\.json|model\.weights)/
        .test(latin1(start.subarray(30))),
    read: readKerasArchiveFile,
  },
  {
    what: "a Keras model (.h5)",
    begins: isHdf5,
    read: readKerasH5File,
  },
  {
    what: "an ONNX model (.onnx)",
    begins: isOnnx,
    ending: /\.onnx$/i,
    read: readOnnx,
  },
  {
    what: "a TFLite model (.tflite)",
    begins: isTflite,
    read: readTflite,
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
    read: readSavedModel,
  },
  {
    what: "a frozen TensorFlow graph (.pb)",
    begins: isFrozenGraph,
    ending: /\.pb$/i,
    read: readFrozenGraph,
  },
  {
    what: "a PyTorch model",
    begins: (start) => isPickle(start) || IS_TORCH_ZIP.test(latin1(start)),
    read: readTorch,
  },
];

/** An archive whose first file is in a folder, or in one whose name is longer than 64 bytes. */
// deno-lint-ignore no-control-regex
const IS_TORCH_ZIP = /^PK\x03\x04.{26}([^/]+\/|[^/]{34})/s;

/** The format of a file by its first bytes, 64 if it has as many. */
export function findFormat(start: Uint8Array): ForeignFormat | undefined {
  return FORMATS.find((it) => it.begins(start));
}

/** The format of a file whose first bytes tell none. */
export function formatNamed(name: string): ForeignFormat | undefined {
  return FORMATS.find(({ ending }) => ending?.test(name));
}

/** The most bytes that a file of a format may have. */
export function formatLimit({ limit = MAX_WEIGHTS }: ForeignFormat): number {
  return limit;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64));
}
