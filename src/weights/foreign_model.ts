// deno-lint-ignore-file no-control-regex
import { kindAt, openFile } from "../io/open_file.ts";
import { WEB_PAGE } from "./is_web_page.ts";
import { CorruptWeightsError, UnknownModelError } from "../errors.ts";
import { didYouMean } from "../text/did_you_mean.ts";
import { displaySource, displayUrl } from "../io/address.ts";
import { knownNames } from "./known_models.ts";
import { NotFoundError } from "../io/request.ts";

const TO_SAFETENSORS =
  "save its weights with safetensors.torch.save_file(model.state_dict(), ...)";
const TO_H5 = 'save it with model.save("model.h5")';
const KERAS_3 = `a Keras 3 archive, which isn't read: ${TO_H5}`;
const PICKLED =
  `weights pickled by PyTorch, which aren't read: ${TO_SAFETENSORS}`;
const TO_KERAS =
  "convert its Keras model with tensorflowjs_converter, or save that as .h5";

/** Names of model files that are ZIP archives; unpacking them doesn't help. */
const ARCHIVES = /\.(keras|pth?|ckpt|tar|bin|pkl)$/;

/** By the start of files as Latin-1 text. Files with the given name are excepted. */
const BEGINNINGS: readonly [start: RegExp, what: string, name?: RegExp][] = [
  [
    /^version https:\/\/git-lfs/,
    "a Git LFS pointer instead of the file: git lfs pull fetches it",
  ],
  [
    WEB_PAGE,
    "a web page, not a model: some servers send one where there is no file",
  ],
  [/^\x1f\x8b/, "compressed by gzip: unpack it"],
  // The name of the archive's first file follows its header's 30 bytes.
  [/^PK\x03\x04.{26}(metadata|config|model)\./s, KERAS_3],
  [
    /^PK\x03\x04.{26}[^]*\/(data\.pkl|\.format_version|\.data|byteorder)/,
    PICKLED,
  ],
  [/^PK\x03\x04/, "a ZIP archive: unpack it", ARCHIVES],
  [/^\x80[\x02-\x05].(?!\0{5})/s, PICKLED],
  [/^.{4}TFL3/s, `a TFLite model, which isn't read: ${TO_KERAS}`],
  [
    /^\x89HDF\r\n/,
    "an HDF5 file: if it is Keras's, rename it to end in .h5",
    /\.(h5|hdf5)$/,
  ],
  [
    /^.{4}\0{4}\s*\{/s,
    "a safetensors file: rename it to end in .safetensors",
    /\.safetensors$/,
  ],
  [
    /^\s*\{/,
    "JSON: a TFJS model is loaded by the path or address of its model.json",
    /\.json$/,
  ],
  [/^\xff\xd8\xff|^\x89PNG|^RIFF.{4}WEBP|^GIF8/s, "an image, not a model"],
];

/** By the ending of names. */
const ENDINGS: readonly [ending: RegExp, what: string][] = [
  [
    /\.onnx$/,
    `an ONNX model, which isn't read: ${TO_SAFETENSORS} where it came from`,
  ],
  [/\.keras$/, KERAS_3],
  [/\.((pth?|ckpt)(\.tar)?|bin|pkl)$/, PICKLED],
  [/\.tflite$/, `a TFLite model, which isn't read: ${TO_KERAS}`],
  [/\.pb$/, `a TensorFlow graph, which isn't read: ${TO_KERAS}`],
  [/\.(mlmodel|mlpackage)$/, `a Core ML model, which isn't read`],
  [/\.(jpe?g|png|webp|gif|heic|avif)$/, "an image, not a model"],
];

/** As {@linkcode foreignModel}; `undefined` if it may be a model, or nothing is there. */
export async function foreignModelAt(url: URL): Promise<string | undefined> {
  if (url.protocol !== "file:") return foreignModel(url.pathname);
  let file;
  try {
    file = await openFile(url);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code !== "EACCES" && code !== "EPERM") return undefined;
    return foreignModel(url.pathname) ??
      "not readable: its permissions don't allow it";
  }
  if (file === undefined) return await foreignFolder(url);
  const start = new Uint8Array(64);
  try {
    await file.read(start);
  } finally {
    await file.close();
  }
  const isModel = /\.(safetensors|h5|hdf5|json)$/i.test(url.pathname);
  return foreignModel(url.pathname, start) ??
    (isModel ? undefined : "not a model's file");
}

async function foreignFolder(url: URL): Promise<string | undefined> {
  const graph = new URL(url);
  graph.pathname = `${url.pathname.replace(/\/$/, "")}/saved_model.pb`;
  const file = await openFile(graph).catch(() => undefined);
  await file?.close();
  return file && `a TensorFlow SavedModel, which isn't read: ${TO_KERAS}`;
}

/**
 * What a file is that isn't read, and what to do with it, to follow `it is` in an error;
 * `undefined` if it isn't recognized.
 *
 * @param name Its name, or its address's path.
 * @param start Its first bytes, if they are known.
 */
export function foreignModel(
  name: string,
  start: Uint8Array = new Uint8Array(),
): string | undefined {
  const text = String.fromCharCode(...start.subarray(0, 64));
  const lower = name.toLowerCase();
  const begins = BEGINNINGS.find(([it, , ending]) =>
    it.test(text) && !ending?.test(lower)
  );
  return (begins ?? ENDINGS.find(([it]) => it.test(lower)))?.[1];
}

/** An error of loading a file, with what is known of the file. */
export async function withSource(
  error: unknown,
  source: string | URL,
  url: URL,
): Promise<unknown> {
  const isUnknown = error instanceof UnknownModelError;
  if (!isUnknown && !(error instanceof CorruptWeightsError)) return error;
  // A path as it was given; relative to a page, it may have a query.
  const name = displaySource(url.protocol === "file:" ? source : url);
  const isAbsent = error instanceof NotFoundError;
  const what = isAbsent || !isUnknown ? await foreignModelAt(url) : undefined;
  const isNowhere = isAbsent && url.protocol === "file:" &&
    await kindAt(url).catch(() => null) === undefined;
  const fault = what !== undefined
    ? `it is ${what}`
    : isNowhere
    ? `Cannot find the file ${displayUrl(url)}`
    : error.message;
  const text = `Cannot load the model "${name}": ${fault}`;
  if (!isUnknown) return new CorruptWeightsError(text, { cause: error });
  const names = knownNames();
  const meant = typeof source === "string" ? didYouMean(source, names) : "";
  const known = meant ||
    `. Should be a known name (${
      names.join(", ")
    }) or the path or address of a .safetensors, .h5 or model.json`;
  return new UnknownModelError(isAbsent ? text + known : text, {
    cause: error,
  });
}
