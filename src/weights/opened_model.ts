import { assertArgument } from "../argument.ts";
import { throwIfAborted } from "../async/abort.ts";
import { CorruptWeightsError, UnknownModelError } from "../errors.ts";
import { bytesSource, peek, streamSource } from "../io/byte_source.ts";
import { classOf, toBytes } from "../io/bytes.ts";
import type { ByteSource } from "../io/open_file.ts";
import { displayUrl } from "../io/address.ts";
import { isWebPage } from "./is_web_page.ts";
import { FOLDER_FILES } from "./model_endings.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import { countBytes, type FileOptions, readOptions } from "./load_options.ts";
import type { ModelSource } from "./model_source.ts";
import {
  FolderError,
  inFolder,
  isAbsent,
  openResource,
  openResponse,
  WebPageError,
} from "./resource.ts";

/** A model's file whose first bytes are known. */
export interface OpenedModel {
  /** For errors: its path, its address, or the name of a `File`; absent for bytes. */
  readonly name?: string | undefined;
  /** Its address; absent for a model in memory or a response. */
  readonly url?: URL | undefined;
  /** Its first 64 bytes, or all if it has fewer. */
  readonly start: Uint8Array;
  /** The whole file, including `start`. */
  readonly source: ByteSource;
  /** Its size in bytes, if known. */
  readonly size: number | undefined;
  /** Whether `onProgress` was already called for its bytes, during the download. */
  readonly isCounted?: boolean | undefined;
}

/** Number of bytes by which formats are recognized. */
const START = 64;

/** Opens the file at `url`, or the model's file if `url` is a folder. */
export async function openAt(
  url: URL,
  options: FileOptions,
): Promise<OpenedModel> {
  const isLocal = url.protocol === "file:";
  if (isLocal || /\.\w+$/.test(url.pathname)) {
    try {
      return await openFileAt(url, options);
    } catch (error) {
      if (!(error instanceof FolderError)) throw error;
    }
  }
  let first: unknown;
  for (const name of FOLDER_FILES) {
    try {
      return await openFileAt(inFolder(url, name), options);
    } catch (error) {
      // If the server can't be reached, one of the other files may be cached.
      if (!isAbsent(error) && !options.files?.isCutOff) throw error;
      if (first === undefined || isAbsent(first)) first = error;
    }
  }
  if (isLocal) {
    const { describeFolder } = await import("./folder_models.ts");
    throw new UnknownModelError(await describeFolder(url));
  }
  // The address of a file may lack an extension.
  if (url.pathname.endsWith("/")) throw first;
  try {
    return await openFileAt(url, options);
  } catch {
    throw first;
  }
}

async function openFileAt(
  url: URL,
  options: FileOptions,
): Promise<OpenedModel> {
  const resource = await openResource(url, {
    ...readOptions(url, options),
    onBytes: countBytes(undefined, options.onProgress),
  });
  const { size, file, isCounted } = resource;
  const all = file ?? streamSource(resource.stream);
  const opened = await peekAt(all, options.signal);
  if (url.protocol !== "file:" && isWebPage(opened.start)) {
    await all.close();
    await options.files?.forget(url);
    throw new WebPageError(
      `Cannot download ${
        displayUrl(url)
      }: the server answered with a web page, not the file`,
    );
  }
  return { ...opened, name: displayUrl(url), url, size, isCounted };
}

/** Opens a model in memory or in a response. */
export async function openHeld(
  source: Exclude<ModelSource, string | URL>,
  signal: AbortSignal | undefined,
): Promise<OpenedModel> {
  if (classOf(source) === "Response") {
    const { stream, size } = await openResponse(source as Response);
    return { ...await peekAt(streamSource(stream), signal), size };
  }
  const bytes = toBytes(source);
  if (bytes) {
    return { ...await peekAt(bytesSource(bytes)), size: bytes.length };
  }
  assertArgument(
    /^(Blob|File)$/.test(classOf(source)),
    "load a model as it must be given as a known name, a path, an address, the bytes of its file (Uint8Array, ArrayBuffer, DataView or Blob), or a Response",
    source,
  );
  const blob = source as Blob & { readonly name?: string };
  if (blob.size > MAX_WEIGHTS) {
    throw new CorruptWeightsError(
      `Cannot read the model as it must have <= ${MAX_WEIGHTS} bytes: it has ${blob.size}`,
    );
  }
  const opened = await peekAt(streamSource(blob.stream()), signal);
  return { ...opened, name: blob.name, size: blob.size };
}

async function peekAt(source: ByteSource, signal?: AbortSignal) {
  const close = () => void source.close(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", close);
  try {
    throwIfAborted(signal);
    const opened = await peek(source, START);
    throwIfAborted(signal); // A cancelled stream looks as if it had ended.
    return opened;
  } catch (error) {
    close();
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", close);
  }
}
