/**
 * Reads a file or an address, a bounded number of bytes of it.
 *
 * @module
 */
import {
  AbortedError,
  CorruptWeightsError,
  UnknownModelError,
} from "../errors.ts";
import { hasFiles, type OpenFile, openFile } from "../open_file.ts";
import { readStream, untilAborted } from "../read_stream.ts";
import { streamFile } from "./file_stream.ts";

/** How a resource is read. */
export interface ReadOptions {
  /** In bytes; a longer resource is an error, and isn't read to its end. */
  readonly limit: number;
  /** Ends the reading early. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with the number of bytes that came since the last call, and with that
   * of all, where it is known.
   */
  readonly onBytes?:
    | ((count: number, size: number | undefined) => void)
    | undefined;
}

/**
 * What `source` stands for: an address, or a path where there are files, or
 * else relative to the page.
 */
export function resolveResource(source: string | URL): URL {
  if (source instanceof URL) return source;
  // Two letters at least: `c:` is a drive.
  if (/^[a-z][a-z\d+.-]+:/i.test(source)) return new URL(source);
  if (!hasFiles()) return new URL(source, globalThis.location.href);
  return process.getBuiltinModule("node:url").pathToFileURL(source);
}

/**
 * The bytes of a file or an address.
 *
 * @throws {UnknownModelError} When there is nothing, or no way to it.
 * @throws {CorruptWeightsError} When it is longer than the limit.
 * @throws {AbortedError} When the signal fires.
 */
export async function readResource(
  url: URL,
  { limit, signal, onBytes }: ReadOptions,
): Promise<Uint8Array> {
  try {
    const { stream, size } = await openResource(url, signal);
    // Not begun where it is known to be too long.
    const bytes = (size ?? 0) > limit
      ? await stream.cancel().then(() => null)
      : await readStream(
        untilAborted(stream, signal),
        limit,
        (count) => onBytes?.(count, size),
      );
    if (bytes !== null) return bytes;
  } catch (error) {
    if (signal?.aborted) throw new AbortedError(signal.reason);
    throw error;
  }
  throw new CorruptWeightsError(
    `Cannot read ${url} as it must have <= ${limit} bytes: it has more`,
  );
}

/** A file or an address that is being read. */
export interface OpenedResource {
  /** Its bytes. */
  readonly stream: ReadableStream<Uint8Array>;
  /** How many they are, where that is known. */
  readonly size: number | undefined;
  /** The file that the stream reads, to be read instead of it. */
  readonly file?: OpenFile;
}

/**
 * Opens a file or an address.
 *
 * @throws {UnknownModelError} When there is nothing, or no way to it.
 */
export function openResource(
  url: URL,
  signal?: AbortSignal,
): Promise<OpenedResource> {
  return url.protocol === "file:" ? openLocal(url) : openAddress(url, signal);
}

async function openLocal(url: URL): Promise<OpenedResource> {
  const file = await openFile(url);
  if (file) {
    const { size, read, close } = file;
    return { stream: streamFile(read, close), size, file };
  }
  throw new UnknownModelError(
    `Cannot find the file ${decodeURI(url.pathname)}`,
  );
}

async function openAddress(
  url: URL,
  signal: AbortSignal | undefined,
): Promise<OpenedResource> {
  let response: Response;
  try {
    response = await fetch(url, signal && { signal });
  } catch (cause) {
    if (signal?.aborted) throw new AbortedError(signal.reason);
    // A refused permission isn't a refused connection.
    if (!(cause instanceof TypeError)) throw cause;
    throw new UnknownModelError(`Cannot reach ${url}: ${cause.message}`, {
      cause,
    });
  }
  return await openResponse(response);
}

/**
 * Opens what a server answered.
 *
 * @throws {UnknownModelError} When that isn't a file.
 */
export async function openResponse(
  response: Response,
): Promise<OpenedResource> {
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new UnknownModelError(
      `Cannot download ${
        response.url || "the model"
      }: the server answered ${response.status}`,
    );
  }
  // The length of what is compressed in transit isn't that of the bytes.
  const length = response.headers.has("content-encoding")
    ? null
    : response.headers.get("content-length");
  const size = length === null ? undefined : Number(length);
  return { stream: response.body, size };
}
