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
import { readStream } from "../read_stream.ts";

/** How a resource is read. */
export interface ReadOptions {
  /** In bytes; a longer resource is an error, and isn't read to its end. */
  readonly limit: number;
  /** Ends the reading early. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes that came since the last call. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/**
 * What `source` stands for: an address, or a path where there are files, or
 * else relative to the page.
 */
export async function resolveResource(source: string | URL): Promise<URL> {
  if (source instanceof URL) return source;
  // Two letters at least: `c:` is a drive.
  if (/^[a-z][a-z\d+.-]+:/i.test(source)) return new URL(source);
  if (globalThis.process?.versions?.node === undefined) {
    return new URL(source, globalThis.location.href);
  }
  const { pathToFileURL } = await import("node:url");
  return pathToFileURL(source);
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
  options: ReadOptions,
): Promise<Uint8Array> {
  try {
    return url.protocol === "file:"
      ? await readFile(url, options)
      : await download(url, options);
  } catch (error) {
    if (options.signal?.aborted) throw new AbortedError(options.signal.reason);
    throw error;
  }
}

async function readFile(
  url: URL,
  { limit, signal, onBytes }: ReadOptions,
): Promise<Uint8Array> {
  const fs = await import("node:fs/promises");
  try {
    const { size } = await fs.stat(url);
    if (size > limit) throw tooLong(url, limit);
    const bytes = await fs.readFile(url, signal && { signal });
    onBytes?.(bytes.length);
    return bytes;
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    if (cause.code !== "ENOENT" && cause.code !== "EISDIR") throw cause;
    throw new UnknownModelError(
      `Cannot find the file ${decodeURI(url.pathname)}`,
      { cause },
    );
  }
}

async function download(
  url: URL,
  { limit, signal, onBytes }: ReadOptions,
): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, signal && { signal });
  } catch (cause) {
    // A refused permission isn't a refused connection.
    if (!(cause instanceof TypeError)) throw cause;
    throw new UnknownModelError(`Cannot reach ${url}: ${cause.message}`, {
      cause,
    });
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new UnknownModelError(
      `Cannot download ${url}: the server answered ${response.status}`,
    );
  }
  const bytes = await readStream(response.body, limit, onBytes);
  if (bytes === null) throw tooLong(url, limit);
  return bytes;
}

function tooLong(url: URL, limit: number): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot read ${url} as it must have <= ${limit} bytes: it has more`,
  );
}
