// deno-lint-ignore-file no-control-regex
import { IMAGE_ENDINGS } from "../../image/image_format.ts";
import { displaySource, displayUrl } from "../../io/address.ts";
import { kindAt, openFile } from "../../io/open_file.ts";
import { NotFoundError } from "../../io/request.ts";
import { CorruptWeightsError, UnknownModelError } from "../../errors.ts";
import { didYouMean } from "../../text/did_you_mean.ts";
import { WEB_PAGE } from "../is_web_page.ts";
import { knownNames } from "../known_models.ts";
import { MODEL_FILES } from "../model_endings.ts";
import { truncatedAdvice } from "../truncated.ts";
import { findFormat } from "./formats.ts";

const TO_KERAS = 'load it into its Keras model, then model.save("model.keras")';
const TO_ONNX = "export its model to ONNX where it came from";

/** Descriptions of unsupported files, by their first bytes as Latin-1 text. */
const BEGINNINGS: readonly [start: RegExp, what: string][] = [
  [
    /^version https:\/\/git-lfs/,
    "a Git LFS pointer instead of the file: git lfs pull fetches it",
  ],
  [
    WEB_PAGE,
    "a web page, not a model: some servers send one where there is no file",
  ],
  [/^\x1f\x8b/, "compressed by gzip: unpack it"],
  [
    /^(\xfd7zXZ|BZh|7z\xbc\xaf|\x28\xb5\x2f\xfd|Rar!)/,
    "a compressed archive: unpack it",
  ],
  // The smallest archive with a file has 98 bytes.
  [/^PK\x03\x04.{0,59}$/s, "cut off or damaged: fetch it again"],
  [/^PK\x03\x04/, "a ZIP archive, not a model: unpack it"],
  [/^\xff\xd8\xff|^\x89PNG|^RIFF.{4}WEBP|^GIF8/s, "an image, not a model"],
  [
    /^model_checkpoint_path:/,
    `the list of TensorFlow checkpoints, which aren't read: ${TO_KERAS}`,
  ],
];

/** Descriptions of unsupported files, by the ending of their names. */
const ENDINGS: readonly [ending: RegExp, what: string][] = [
  [
    /\bvariables\.(index|data-\d+-of-\d+)$/,
    "the variables of a TensorFlow SavedModel: give the folder with its saved_model.pb",
  ],
  [
    /\b(fingerprint|keras_metadata)\.pb$/,
    "a part of a TensorFlow SavedModel: give its folder",
  ],
  [
    /\.onnx[._]data$/,
    "not a model's file, but probably an ONNX model's weights: give the .onnx that lies beside it",
  ],
  [
    /shard\d+of\d+\.bin$|\bmodel\.weights\.bin$/,
    "not a model's file, but probably a TFJS model's weights: give the model.json that lies beside it",
  ],
  [
    /\.(ckpt|data-\d+-of-\d+)(\.(index|meta))?$|\.(index|meta)$/,
    `a TensorFlow checkpoint, which isn't read: ${TO_KERAS}`,
  ],
  [
    /\.pbtxt$/,
    "a TensorFlow graph as text, which isn't read: write it with tf.io.write_graph(graph, folder, name, as_text=False)",
  ],
  [/\.msgpack$/, `weights of Flax, which aren't read: ${TO_ONNX}`],
  [/\.(mlmodel|mlpackage)$/, `a Core ML model, which isn't read: ${TO_ONNX}`],
  [
    /\.(engine|plan|trt)$/,
    `a TensorRT engine, which isn't read: give the model that it was built of`,
  ],
  [
    /\.(npz|npy|mat)$/,
    `an array file, which has no network: give the model that it came from`,
  ],
  [IMAGE_ENDINGS, "an image, not a model"],
];

/**
 * Describes an unsupported file and what to do with it; follows `it is` in an error.
 * `undefined` if the file isn't recognized.
 *
 * @param name The file's name, or the path of its URL.
 * @param start Its first bytes, if known.
 */
export function unreadableModel(
  name: string,
  start: Uint8Array = new Uint8Array(),
): string | undefined {
  const text = String.fromCharCode(...start.subarray(0, 64));
  const lower = name.toLowerCase();
  return (BEGINNINGS.find(([it]) => it.test(text)) ??
    ENDINGS.find(([it]) => it.test(lower)))?.[1];
}

/** Like {@linkcode unreadableModel}; `undefined` if it may be a model, or doesn't exist. */
export async function unreadableModelAt(url: URL): Promise<string | undefined> {
  if (url.protocol !== "file:") return unreadableModel(url.pathname);
  const start = await startOf(url);
  if (start === undefined) return undefined;
  if (start === null) return "not readable: its permissions don't allow it";
  // Supported formats come first, as in loading.
  if (findFormat(start)) return undefined;
  return unreadableModel(url.pathname, start) ??
    (/\.safetensors$/i.test(url.pathname) ? undefined : "not a model's file");
}

/** The first bytes of the file at a `file:` URL; `null` if permissions forbid reading it. */
export async function startOf(
  url: URL,
): Promise<Uint8Array | null | undefined> {
  let file;
  try {
    file = await openFile(url);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code !== "EACCES" && code !== "EPERM") return undefined;
    return null;
  }
  if (file === undefined) return undefined;
  const start = new Uint8Array(64);
  try {
    return start.subarray(0, await file.read(start));
  } finally {
    await file.close();
  }
}

/** Adds the file's name, and a likely cause, to an error of loading the file. */
export async function withSource(
  error: unknown,
  source: string | URL,
  url: URL,
): Promise<unknown> {
  const isUnknown = error instanceof UnknownModelError;
  if (!isUnknown && !(error instanceof CorruptWeightsError)) return error;
  // A path as the caller wrote it; one relative to a page may have a query.
  const name = displaySource(url.protocol === "file:" ? source : url);
  if (!isUnknown) return named(error, name);
  const isAbsent = error instanceof NotFoundError;
  const what = await unreadableModelAt(url);
  const isNowhere = isAbsent && url.protocol === "file:" &&
    await kindAt(url).catch(() => null) === undefined;
  const place = displayUrl(url);
  const fault = what !== undefined
    ? `it is ${what}`
    : !isNowhere
    ? url.protocol === "file:" && name === place
      ? error.message.replace(`Cannot read ${place} as`, "Cannot read it as")
      : withoutStart(error.message, `Cannot reach ${name}: `)
    : "there is no such file";
  const text = `Cannot load the model "${name}": ${fault}`;
  const names = knownNames();
  const meant = typeof source === "string" ? didYouMean(source, names) : "";
  const known = meant ||
    `. Should be a known name (${
      names.join(", ")
    }) or the path or address of ${MODEL_FILES}`;
  return new UnknownModelError(isAbsent ? text + known : text, {
    cause: error,
  });
}

function withoutStart(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : text;
}

/** Adds the file's name to an error about a model's file. */
export function named(error: unknown, name: string | undefined): unknown {
  if (!(error instanceof CorruptWeightsError)) return error;
  const model = name === undefined ? "the model" : `the model "${name}"`;
  return new CorruptWeightsError(
    `Cannot load ${model}: ${error.message}${truncatedAdvice(error)}`,
    { cause: error },
  );
}
