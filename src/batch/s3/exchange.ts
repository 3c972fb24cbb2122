import { throwIfAborted } from "../../async/abort.ts";
import { withTimeout } from "../../async/timeout.ts";
import { StorageError } from "../../errors.ts";
import { mapStream, readStream } from "../../io/read_stream.ts";
import { contentLength, fetchFault } from "../../io/request.ts";

/** A signed request. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array | undefined;
}

/** The complete response of a server. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** `null` if it has more bytes than the limit. */
  readonly body: Uint8Array | null;
}

/** Options of `exchange`. */
export interface ExchangeOptions {
  /** The maximum time without data from a server, in ms. */
  readonly maxSilence: number;
  /** The maximum number of bytes to read. */
  readonly limit: number;
  /** Resolves when there is memory for the bytes. */
  readonly reserve?: ((bytes: number) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A server can't be reached, or disconnects or goes silent before its response is
 * complete.
 */
export class ConnectionError extends StorageError {}

/** The slowest upload in bytes per ms. Servers only respond after its end. */
const SLOWEST = 50;

/**
 * Sends a request and reads the complete response. Redirects aren't followed.
 *
 * @throws {ConnectionError} When no complete response arrives. It doesn't name the
 * object.
 * @throws {AbortedError} When the signal fires.
 */
export async function exchange(
  { method, url, headers, body }: SignedRequest,
  { maxSilence, limit, reserve, signal }: ExchangeOptions,
): Promise<Answer> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  const silent = (ms: number) => () =>
    new ConnectionError(`${url.host} was silent for ${ms / 1000} s`);
  try {
    const answer = fetch(url, {
      method,
      headers,
      body: body as BodyInit | undefined ?? null,
      redirect: "manual",
      signal: controller.signal,
    });
    const most = maxSilence + Math.ceil((body?.length ?? 0) / SLOWEST);
    const response = await withTimeout(most, answer, silent(most));
    const read = async () => {
      const size = contentLength(response);
      if (response.body === null || method === "HEAD") {
        await response.body?.cancel();
        return new Uint8Array();
      }
      if (size !== undefined && size > limit) {
        await response.body.cancel();
        return null;
      }
      await reserve?.(size ?? 0);
      const watched = mapStream(
        response.body,
        (read) => withTimeout(maxSilence, read(), silent(maxSilence)),
      );
      const bytes = await readStream(watched, limit, { size });
      if (bytes === null || bytes.length === (size ?? bytes.length)) {
        return bytes;
      }
      throw new ConnectionError(
        `${url.host} sent ${bytes.length} of ${size} bytes`,
      );
    };
    const { status, headers: answered } = response;
    return { status, headers: answered, body: await read() };
  } catch (error) {
    controller.abort();
    throwIfAborted(signal);
    // Deno and Node throw it for connection errors. Permission and memory errors are
    // rethrown.
    if (!(error instanceof TypeError)) throw error;
    throw new ConnectionError(
      `the connection to ${url.host} failed: ${fetchFault(error)}`,
      { cause: error },
    );
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
