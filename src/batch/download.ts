import { throwIfAborted } from "../async/abort.ts";
import { delay } from "../async/delay.ts";
import { ImageUnavailableError, TotemError } from "../errors.ts";
import { displaySource, redactUrls } from "../io/address.ts";
import { abortableStream, mapStream, readStream } from "../io/read_stream.ts";
import { contentLength, refusalReason, request } from "../io/request.ts";
import {
  TRIES,
  UnreachableImageError,
  UnreadableImageError,
} from "./faults.ts";
import {
  type ImageReading,
  MAX_FILE_BYTES,
  tooManyBytes,
} from "./image_reading.ts";

/** Options for downloading images. */
export interface DownloadOptions {
  /** The maximum time without data from a server, in ms. @default 30000 */
  readonly maxSilence?: number | undefined;
  /** Ms before the second try; four times that before the third. @default 1000 */
  readonly pause?: number | undefined;
}

/**
 * The maximum time of one try, in ms. Otherwise a server that sends a byte now and then
 * would block a shard forever.
 */
const MAX_TIME = 300_000;

/** The longest wait that a server may request, in ms. */
const MAX_WAIT = 60_000;

/** A failure that may not occur in another try. */
class TransientError extends Error {
  /** The wait requested by the server, in ms. */
  readonly wait: number;

  constructor(message: string, wait = 0, options?: ErrorOptions) {
    super(message, options);
    this.wait = wait;
  }
}

/**
 * Downloads an image's file, in several tries.
 *
 * @throws {UnreadableImageError} When the server has no such file, or refuses it.
 * @throws {UnreachableImageError} When it fails or can't be reached in all tries.
 * @throws {ImageTooLargeError} When the file is too large.
 * @throws {ImageUnavailableError} When the server asks for a login.
 * @throws {AbortedError} When the signal fires.
 */
export async function download(
  url: URL,
  { maxSilence, pause = 1000 }: DownloadOptions,
  reading: ImageReading,
): Promise<Uint8Array> {
  const { signal, reserve } = reading;
  for (let attempt = 1;; attempt++) {
    try {
      return await downloadOnce(url, maxSilence, reading);
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof TransientError)) throw error;
      if (attempt === TRIES) {
        throw new UnreachableImageError(
          `Cannot download ${
            displaySource(url)
          } in ${TRIES} tries: ${error.message}`,
          { cause: error },
        );
      }
      await reserve?.(0);
      await delay(Math.max(error.wait, pause * 4 ** (attempt - 1)), signal);
    }
  }
}

async function downloadOnce(
  url: URL,
  maxSilence: number | undefined,
  { signal, reserve }: ImageReading,
): Promise<Uint8Array> {
  const { address, headers } = withoutPassword(url);
  const { response, body } = await request(
    address,
    headers,
    { signal, maxSilence },
    (text, options) =>
      // With options, it is a redirect to a host without a Deno permission.
      options === undefined
        ? new TransientError(text)
        : new ImageUnavailableError(text, options),
  );
  if (!response.ok) {
    await body?.cancel().catch(() => {});
    throw refused(url, response);
  }
  const length = contentLength(response) ?? 0;
  if (length > MAX_FILE_BYTES) {
    await body?.cancel().catch(() => {});
    throw tooManyBytes();
  }
  if (body === null) return new Uint8Array();
  await reserve?.(length);
  let count = 0;
  let time = 0;
  const watched = mapStream(body, async (read) => {
    const begin = performance.now();
    const part = await read().catch((error) => {
      throw asTransient(error);
    });
    time += performance.now() - begin;
    if (time > MAX_TIME) {
      throw new TransientError(
        `it sent ${count} bytes in ${MAX_TIME / 1000} s`,
      );
    }
    count += part.value?.length ?? 0;
    // The buffer doubles if the length isn't known.
    if (count > length) await reserve?.(2 * count);
    return part;
  });
  const bytes = await readStream(
    abortableStream(watched, signal),
    MAX_FILE_BYTES,
    { size: length },
  );
  if (bytes === null) throw tooManyBytes();
  return bytes;
}

/** The error for a body or a connection that ends prematurely. */
function asTransient(error: unknown): unknown {
  const isOwn = error instanceof TotemError || error instanceof TransientError;
  if (isOwn || !(error instanceof Error)) return error;
  return new TransientError(redactUrls(error.message), 0, { cause: error });
}

function refused(url: URL, response: Response): Error {
  const { status, headers } = response;
  const reason = refusalReason(response);
  if (status === 408 || status === 429 || status >= 500) {
    return new TransientError(reason, retryAfter(headers));
  }
  // Other machines may have access.
  return status === 401 || status === 407
    ? new ImageUnavailableError(
      `Cannot download ${displaySource(url)}: ${reason}`,
    )
    : new UnreadableImageError(`http-${status}`, reason);
}

/** The wait in ms from the `Retry-After` header, which has seconds or a date. */
function retryAfter(headers: Headers): number {
  const text = headers.get("retry-after") ?? "";
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - Date.now();
  return ms > 0 ? Math.min(ms, MAX_WAIT) : 0;
}

/** Moves the username and password to a header, as Node rejects them in a URL. */
function withoutPassword(url: URL) {
  if (url.username === "" && url.password === "") {
    return { address: url, headers: {} };
  }
  const address = new URL(url);
  address.username = address.password = "";
  const text = [url.username, url.password].map(unescaped).join(":");
  const bytes = new TextEncoder().encode(text);
  const authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  return { address, headers: { authorization } };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
