import { displaySource, isAddress } from "../io/address.ts";
import { CorruptWeightsError } from "../errors.ts";
import { isOneFile } from "../weights/model_endings.ts";
import { FOLDER_FILES } from "../weights/opened_model.ts";
import { inFolder, siblingUrl } from "../weights/resource.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { isShared, SHARED_FILES } from "../weights/shared_files.ts";
import { storeKey } from "../weights/known_quantized.ts";
import type { Store, StoreRecord } from "../weights/mod.ts";
import type { Terminal } from "./terminal.ts";

/** A file that is kept, all of whose bytes have been hashed. */
export interface CheckedFile {
  /** A name or an address, without what may be secret in it. */
  readonly source: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Since when it is kept, as an ISO 8601 date and time. */
  readonly at: string;
}

/**
 * The records of a model's files: a known one's int8 file, or what was downloaded
 * for a model at an address, which may be as `totem models` shows it.
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
  // What may lie beside a model doesn't tell that the model is kept.
  const isKept = own.some(({ reference }) =>
    reference === url.href || !isShared(reference)
  );
  return isKept ? own : shown;
}

/** Whether a file at an address is one of a model's. */
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
  // All that lies beside a model.json, except other models: weights may have any
  // name. Those of a SavedModel are in a folder.
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

/** Whether a file beside a model.json is another model's: only `.bin` may be its own. */
function isOtherModel(name: string): boolean {
  return isOneFile(name.replace(/(\.onnx)[._]data$/i, "$1")) &&
    !/\.bin$/i.test(name);
}

/**
 * Whether a kept file of a model is the one that is opened first: without it, nothing
 * can be done with the others.
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

/** Whether an address may be a folder's; else, a file's without an ending. */
function mayBeFolder({ pathname }: URL): boolean {
  return !/\.\w+$/.test(pathname);
}

/** Hashes a file that is kept; a damaged one is told of, and deleted. */
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
