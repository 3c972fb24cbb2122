import { displaySource, isAddress } from "../io/address.ts";
import { CorruptWeightsError } from "../errors.ts";
import { isOneFile } from "../weights/model_endings.ts";
import { FOLDER_FILES } from "../weights/model_endings.ts";
import { inFolder, siblingUrl } from "../weights/resource.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { isShared, SHARED_FILES } from "../weights/shared_files.ts";
import { storeKey } from "../weights/known_quantized.ts";
import type { Store, StoreRecord } from "../weights/mod.ts";
import type { Terminal } from "./terminal.ts";

/** A cached file whose bytes have all been hashed. */
export interface CheckedFile {
  /** A name or an address, with any secrets removed. */
  readonly source: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  /** When it was cached, as an ISO 8601 date and time. */
  readonly at: string;
}

/**
 * The records of a model's files: the int8 file of a known model, or the downloads of a
 * model at an address. The address may be in the form that `totem models` shows.
 */
export async function keptOf(
  store: Store,
  source: string,
): Promise<readonly StoreRecord[]> {
  const records = await store.list();
  if (findKnownModel(source)) {
    return records.filter((it) => it.reference === storeKey(source));
  }
  const shown = records.filter(({ reference }) =>
    isAddress(reference) && displaySource(reference) === source
  );
  if (!URL.canParse(source)) return shown;
  const url = new URL(source);
  const belongs = belongingTo(url);
  const own = records.filter(({ reference }) => belongs(reference));
  // Files shared with other models don't show that this model is cached.
  const isKept = own.some(({ reference }) =>
    reference === url.href || !isShared(reference)
  );
  return isKept ? own : shown;
}

/** Whether a file at an address belongs to a model. */
function belongingTo(url: URL): (reference: string) => boolean {
  url.hash = "";
  if (isOneFile(url.pathname)) {
    const names = SHARED_FILES.map((it) => siblingUrl(url, it).href);
    const { origin, pathname, search } = url;
    return (reference) => {
      if (reference === url.href || names.includes(reference)) return true;
      // The weights of an ONNX model: `model.onnx.data` or `model.onnx_data`.
      if (!/\.onnx$/i.test(pathname) || !isAddress(reference)) return false;
      const other = new URL(reference);
      return other.origin === origin &&
        other.pathname.startsWith(pathname) && other.search === search;
    };
  }
  if (mayBeFolder(url)) {
    const files = FOLDER_FILES.map((it) => belongingTo(inFolder(url, it)));
    return (reference) =>
      reference === url.href || files.some((belongs) => belongs(reference));
  }
  if (isShared(url.href)) return (reference) => reference === url.href;
  // All files beside a model.json, except other models: the weights may have any name.
  // The weights of a SavedModel are in a subfolder.
  const folder = new URL(".", url).href;
  const isSavedModel = url.pathname.endsWith("/saved_model.pb");
  return (reference) => {
    if (!reference.startsWith(folder)) return false;
    let name = reference.slice(folder.length).split("?")[0]!;
    if (isSavedModel) name = name.replace(/^variables\//, "");
    return !name.includes("/") && !isOtherModel(name) &&
      new URL(reference).search === url.search;
  };
}

/**
 * Whether a file beside a model.json belongs to another model. Only `.bin` may be its
 * own.
 */
function isOtherModel(name: string): boolean {
  return isOneFile(name.replace(/(\.onnx)[._]data$/i, "$1")) &&
    !/\.bin$/i.test(name);
}

/**
 * Whether a cached file is the model's main file, which is opened first. The other files
 * are useless without it.
 */
export function isModelFile(source: string, reference: string): boolean {
  if (findKnownModel(source)) return true;
  if (displaySource(reference) === displaySource(source)) return true;
  if (!URL.canParse(source)) return false;
  const url = new URL(source);
  url.hash = "";
  return mayBeFolder(url) &&
    FOLDER_FILES.some((it) => inFolder(url, it).href === reference);
}

/** Whether an address may be a folder, or a file without an extension. */
function mayBeFolder({ pathname }: URL): boolean {
  return !/\.\w+$/.test(pathname);
}

/** Hashes a cached file. Reports a damaged file, which the store deletes. */
export async function checkFile(
  io: Terminal,
  store: Store,
  { reference, at }: StoreRecord,
): Promise<CheckedFile | undefined> {
  const source = displaySource(reference);
  const file = await store.get(reference);
  try {
    await file?.verify();
  } catch (error) {
    if (!(error instanceof CorruptWeightsError)) throw error;
    const name = reference.split(" int8 ")[0]!;
    io.tellProblem(displaySource(name), error, {
      word: "warning",
      style: "yellow",
    });
    return undefined;
  }
  return file && { source, size: file.size, sha256: file.sha256, at };
}
