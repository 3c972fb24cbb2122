import { displaySource, displayUrl, toUrl } from "../io/address.ts";
import { throwIfAborted } from "../async/abort.ts";
import { CorruptWeightsError, UnknownModelError } from "../errors.ts";
import {
  type ByteSource,
  openFileOrKind,
  readByteSource,
} from "../io/open_file.ts";
import { abortableStream, limitStream, readStream } from "../io/read_stream.ts";
import {
  assertBody,
  assertUnread,
  contentLength,
  NotFoundError,
  request,
  type RequestOptions,
  type WatchedResponse,
} from "../io/request.ts";
import { streamFile } from "./file_stream.ts";
import { isWebPage } from "./is_web_page.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import type { LatestFiles } from "./store/latest_files.ts";

/** Options for opening a resource. */
export interface OpenOptions extends RequestOptions {
  /** The cache of downloads; none unless given. */
  readonly files?: LatestFiles | undefined;
}

/** Options for reading a resource. */
export interface ReadOptions extends OpenOptions {
  /** Maximum size in bytes. A longer resource is an error, and isn't read to its end. */
  readonly limit: number;
  /** Called with the number of bytes since the last call, and the total if it is known. */
  readonly onBytes?:
    | ((count: number, size: number | undefined) => void)
    | undefined;
}

export class TooLongError extends CorruptWeightsError {}

/** There is a folder where a file should be. */
export class FolderError extends UnknownModelError {}

/** A server answered with a web page, as some do for missing files. */
export class WebPageError extends CorruptWeightsError {}

/** Whether an error means that the file doesn't exist. */
export function isAbsent(error: unknown): boolean {
  return error instanceof NotFoundError || error instanceof WebPageError;
}

/** Whether a URL is downloaded, so that it can be cached. */
export function isWebAddress({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:";
}

/**
 * The URL of an address or a path. A path is that of a file or, in a page, a relative address.
 */
export function resolveResource(source: string | URL): URL {
  // An empty path would mean the working directory.
  if (source === "") {
    throw new UnknownModelError(
      'Cannot use "" as it must be a name, a path or an address',
    );
  }
  try {
    const url = toUrl(source);
    if (url.protocol === "file:") decodeURIComponent(url.pathname);
    return url;
  } catch {
    throw new UnknownModelError(
      `Cannot use ${displaySource(source)} as it isn't a well-formed address`,
    );
  }
}

/**
 * The URL of a file in the same folder, with the model's query, which may have a token.
 * tfjs does the same.
 */
export function siblingUrl(url: URL, name: string): URL {
  const path = name.split("/").map(encodeURIComponent).join("/");
  const sibling = new URL(path, url);
  sibling.search = url.search;
  return sibling;
}

/** The URL of a file in the folder at `url`, with its query. */
export function inFolder(url: URL, name: string): URL {
  const file = new URL(url);
  file.pathname = `${url.pathname.replace(/\/$/, "")}/${name}`;
  return file;
}

/** Reads a file or an address. */
export async function readResource(
  url: URL,
  { limit, onBytes, ...options }: ReadOptions,
): Promise<Uint8Array> {
  const { signal, files } = options;
  let bytes: Uint8Array | null;
  try {
    const opened = await openResource(url, { ...options, limit, onBytes });
    const { size, file, isCounted } = opened;
    const count = isCounted
      ? undefined
      : (count: number) => onBytes?.(count, size);
    if ((size ?? 0) > limit) { // Nothing has been read yet.
      await (file?.close() ?? opened.stream.cancel());
      throw tooLong(url, limit);
    }
    bytes = file
      ? await readByteSource(inChunks(file, signal, count), size!, limit)
      : await readStream(abortableStream(opened.stream, signal), limit, {
        size,
        onBytes: count,
      });
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
  if (bytes === null) throw tooLong(url, limit);
  if (url.protocol !== "file:" && isWebPage(bytes)) {
    await files?.forget(url);
    throw new WebPageError(
      `Cannot download ${
        displaySource(url)
      }: the server answered with a web page, not the file`,
    );
  }
  return bytes;
}

function tooLong(url: URL, limit: number): TooLongError {
  return new TooLongError(
    `Cannot read ${
      displayUrl(url)
    } as it must have <= ${limit} bytes: it has more`,
  );
}

/** Maximum bytes per read, after which the signal is checked. */
const CHUNK = 2 ** 22;

/** A source that is read in chunks. The signal is checked after each. */
export function inChunks(
  file: ByteSource,
  signal: AbortSignal | undefined,
  onBytes: ((count: number) => void) | undefined,
): ByteSource {
  return {
    async read(target) {
      const count = await file.read(target.subarray(0, CHUNK));
      signal?.throwIfAborted();
      if (count > 0) onBytes?.(count);
      return count;
    },
    close: () => file.close(),
  };
}

/** A file or an address that is being read. */
export interface OpenedResource {
  /**
   * With a {@linkcode file}, it is made when it is asked for: in Deno the first stream
   * takes 6 ms and 3 MB.
   */
  readonly stream: ReadableStream<Uint8Array>;
  /** Its size in bytes, if known. */
  readonly size: number | undefined;
  /** The file, which can be read instead of the stream. */
  readonly file?: ByteSource | undefined;
  /** Whether `onBytes` was already called for its bytes, during the download. */
  readonly isCounted?: boolean | undefined;
}

export async function openResource(
  url: URL,
  { limit = MAX_WEIGHTS, onBytes, files, ...options }: Partial<ReadOptions> =
    {},
): Promise<OpenedResource> {
  if (url.protocol === "file:") return await openLocal(url);
  if (files && isWebAddress(url)) {
    let before = 0;
    const { file, state } = await files.get(url, {
      ...options,
      limit,
      onProgress(done, total) {
        onBytes?.(done - before, total);
        before = done;
      },
    });
    const { size } = file;
    if (size > limit) throw tooLong(url, limit);
    const source = await file.open?.();
    const isCounted = state === "new";
    return source
      ? openedFile(source, size, isCounted)
      : { stream: file.stream(), size, isCounted };
  }
  const answered = await request(url, {}, options);
  const name = displaySource(answered.response.url);
  const { stream, size } = await openAnswer(answered, name);
  if ((size ?? 0) > limit) {
    await stream.cancel();
    throw tooLong(url, limit);
  }
  return {
    stream: limitStream(stream, limit, () => tooLong(url, limit)),
    size,
  };
}

export async function openResponse(
  response: Response,
): Promise<OpenedResource> {
  const name = response.url ? displaySource(response.url) : "the model";
  assertUnread(response, name);
  return await openAnswer({ response, body: response.body }, name);
}

async function openAnswer(
  answered: WatchedResponse,
  name: string,
): Promise<OpenedResource> {
  const stream = await assertBody(answered, name);
  return { stream, size: contentLength(answered.response) };
}

async function openLocal(url: URL): Promise<OpenedResource> {
  const path = displayUrl(url);
  const file = await openFileOrKind(url);
  if (file === undefined) {
    throw new NotFoundError(`Cannot find the file ${path}`);
  }
  if (typeof file === "string") {
    const FileError = file === "folder" ? FolderError : UnknownModelError;
    throw new FileError(
      `Cannot read ${path} as it must be a file: it is a ${file}`,
    );
  }
  return openedFile(file, file.size);
}

function openedFile(
  file: ByteSource,
  size: number,
  isCounted = false,
): OpenedResource {
  return {
    get stream() {
      return streamFile((target) => file.read(target), () => file.close());
    },
    size,
    file,
    isCounted,
  };
}
