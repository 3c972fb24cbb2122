/**
 * Reads a file or an address, a bounded number of bytes of it.
 *
 * @module
 */
import { throwIfAborted } from "../async/abort.ts";
import { CorruptWeightsError, UnknownModelError } from "../errors.ts";
import {
  type ByteSource,
  kindAt,
  type OpenFile,
  openFile,
  readSource,
} from "../open_file.ts";
import { limited, readStream, untilAborted } from "../read_stream.ts";
import { resolvePlace, shownPlace, shownSource } from "../address.ts";
import { streamFile } from "./file_stream.ts";
import {
  type Answered,
  assertBody,
  assertUnread,
  lengthOf,
  NothingThereError,
  request,
  type RequestOptions,
} from "../request.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import type { LatestFiles } from "./store/latest_files.ts";
import { isWebPage } from "./web_page.ts";

/** How a resource is opened. */
export interface OpenOptions extends RequestOptions {
  /** Where what is downloaded is kept; nowhere unless given. */
  readonly files?: LatestFiles | undefined;
}

/** How a resource is read. */
export interface ReadOptions extends OpenOptions {
  /** In bytes; a longer resource is an error, and isn't read to its end. */
  readonly limit: number;
  /**
   * Called with the number of bytes that came since the last call, and with that
   * of all, where it is known.
   */
  readonly onBytes?:
    | ((count: number, size: number | undefined) => void)
    | undefined;
}

/** Whether what is there is downloaded, and so can be kept. */
export function isWebAddress({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:";
}

/** There are more bytes than there may be. */
export class TooLongError extends CorruptWeightsError {}

/** A server answered with a web page, as some do where there is nothing. */
export class WebPageError extends CorruptWeightsError {}

/**
 * What `source` stands for: an address, or a path where there are files, or
 * else relative to the page.
 *
 * @throws {UnknownModelError} When it isn't an address, though it looks like one.
 */
export function resolveResource(source: string | URL): URL {
  // It would stand for the folder that the program runs in.
  if (source === "") {
    throw new UnknownModelError(
      'Cannot use "" as it must be a name, a path or an address',
    );
  }
  try {
    const url = resolvePlace(source);
    if (url.protocol === "file:") decodeURIComponent(url.pathname);
    return url;
  } catch {
    throw new UnknownModelError(
      `Cannot use ${shownSource(source)} as it isn't a well-formed address`,
    );
  }
}

/**
 * The bytes of a file or an address.
 *
 * @throws {UnknownModelError} When there is nothing, or no way to it.
 * @throws {CorruptWeightsError} When it is longer than the limit, or a server's page.
 * @throws {AbortedError} When the signal fires.
 */
export async function readResource(
  url: URL,
  { limit, onBytes, ...options }: ReadOptions,
): Promise<Uint8Array> {
  const { signal, files } = options;
  try {
    const opened = await openResource(url, { ...options, limit, onBytes });
    const { stream, size, file } = opened;
    if (opened.isCounted) onBytes = undefined;
    // Not begun where it is known to be too long.
    const bytes = (size ?? 0) > limit
      ? await stream.cancel().then(() => null)
      : file
      ? await readSource(watched(file, size, options, onBytes), size!, limit)
      : await readStream(untilAborted(stream, signal), limit, {
        size,
        onBytes: (count) => onBytes?.(count, size),
      });
    if (bytes !== null && url.protocol !== "file:" && isWebPage(bytes)) {
      await files?.forget(url);
      throw new WebPageError(
        `Cannot download ${
          shownSource(url)
        }: the server answered with a web page, not the file`,
      );
    }
    if (bytes !== null) return bytes;
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
  throw tooLong(url, limit);
}

function tooLong(url: URL, limit: number): TooLongError {
  return new TooLongError(
    `Cannot read ${
      shownPlace(url)
    } as it must have <= ${limit} bytes: it has more`,
  );
}

/** A file that is read in parts, the signal heeded between them. */
function watched(
  file: ByteSource,
  size: number | undefined,
  { signal }: RequestOptions,
  onBytes: ReadOptions["onBytes"],
): ByteSource {
  return {
    async read(target) {
      const count = await file.read(target.subarray(0, PART_BYTES));
      signal?.throwIfAborted();
      if (count > 0) onBytes?.(count, size);
      return count;
    },
    close: () => file.close(),
  };
}

const PART_BYTES = 2 ** 22;

/** A file or an address that is being read. */
export interface OpenedResource {
  /** Its bytes. */
  readonly stream: ReadableStream<Uint8Array>;
  /** How many they are, where that is known. */
  readonly size: number | undefined;
  /** The file that the stream reads, to be read instead of it. */
  readonly file?: ByteSource | undefined;
  /** Whether its bytes have been counted already, when they were downloaded. */
  readonly isCounted?: boolean | undefined;
}

/**
 * Opens a file or an address.
 *
 * @throws {UnknownModelError} When there is nothing, or no way to it.
 */
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
    if (file.size > limit) throw tooLong(url, limit);
    const source = await file.open?.();
    const stream = source
      ? streamFile((target) => source.read(target), () => source.close())
      : file.stream();
    return {
      stream,
      size: file.size,
      file: source,
      isCounted: state === "new",
    };
  }
  const answered = await request(url, {}, options);
  const name = shownSource(answered.response.url);
  const { stream, size } = await openAnswer(answered, name);
  if ((size ?? 0) > limit) {
    await stream.cancel();
    throw tooLong(url, limit);
  }
  return { stream: limited(stream, limit, () => tooLong(url, limit)), size };
}

/**
 * Opens what a server answered.
 *
 * @throws {UnknownModelError} When that isn't a file.
 * @throws {ArgumentError} When its body is read already.
 */
export async function openResponse(
  response: Response,
): Promise<OpenedResource> {
  const name = response.url ? shownSource(response.url) : "the model";
  assertUnread(response, name);
  return await openAnswer({ response, body: response.body }, name);
}

async function openLocal(url: URL): Promise<OpenedResource> {
  const path = shownPlace(url);
  let file: OpenFile | undefined;
  try {
    file = await openFile(url);
  } catch (error) {
    // A zero in the path, or a host.
    if (!(error instanceof TypeError)) throw error;
  }
  if (file) {
    const { size, read, close } = file;
    return { stream: streamFile(read, close), size, file };
  }
  const kind = await kindAt(url).catch(() => undefined);
  if (kind === undefined) {
    throw new NothingThereError(`Cannot find the file ${path}`);
  }
  throw new UnknownModelError(
    `Cannot read ${path} as it must be a file: it is a ${kind}`,
  );
}

async function openAnswer(
  answered: Answered,
  name: string,
): Promise<OpenedResource> {
  const stream = await assertBody(answered, name);
  return { stream, size: lengthOf(answered.response) };
}
