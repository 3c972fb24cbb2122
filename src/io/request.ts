/**
 * Asks servers, and doesn't wait for ever.
 *
 * @module
 */
import { throwIfAborted } from "../async/abort.ts";
import { assertArgument, isNumber } from "../argument.ts";
import { ArgumentError, UnknownModelError } from "../errors.ts";
import { withTimeout } from "../async/timeout.ts";
import { displaySource, redactUrls } from "./address.ts";

/** How a server is asked. */
export interface RequestOptions {
  /** Ends the request early. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long a server may send nothing, before its answer or during it, in ms; 30 000
   * unless given.
   */
  readonly maxSilence?: number | undefined;
}

/** There is nothing at a path or an address. */
export class NotFoundError extends UnknownModelError {}

/** What a server answers. */
export interface WatchedResponse {
  readonly response: Response;
  /** Its body, which fails when the server is silent; `null` without one. */
  readonly body: ReadableStream<Uint8Array> | null;
}

const MAX_SILENCE = 30_000;

/** Makes the error of a server that can't be reached, or is silent. */
export type Unreachable = (text: string, options?: ErrorOptions) => Error;

const noModel: Unreachable = (text, options) =>
  new UnknownModelError(text, options);

/**
 * The answer of a server.
 *
 * @param unreachable An {@linkcode UnknownModelError} unless given.
 * @throws {UnknownModelError} When it can't be reached, or is silent.
 * @throws {AbortedError} When the signal fires before the answer begins.
 * @throws {ArgumentError} When `maxSilence` isn't > 0.
 */
export async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { signal, maxSilence = MAX_SILENCE }: RequestOptions,
  unreachable: Unreachable = noModel,
): Promise<WatchedResponse> {
  assertArgument(
    isNumber(maxSilence, (it) => it > 0),
    "download as maxSilence must be a number of ms > 0",
    maxSilence,
  );
  throwIfAborted(signal);
  const silent = (when: string) =>
    unreachable(
      `Cannot download ${
        displaySource(url)
      } as the server must send something within ${
        maxSilence / 1000
      } s: it was silent ${when}`,
    );
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    const response = await withTimeout(
      maxSilence,
      fetch(url, { headers, signal: controller.signal }),
      () => silent("from the start"),
    );
    const body = response.body &&
      heard(
        response.body,
        maxSilence,
        (count) => silent(`after ${count} bytes`),
      );
    return { response, body };
  } catch (error) {
    controller.abort();
    throwIfAborted(signal);
    throw explained(error, url, unreachable);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** What an answer without a file says, as `Cannot download ...: ` goes on. */
export function refusalReason({ status, type }: Response): string {
  return type === "opaque"
    ? 'the response is opaque, as it was fetched with mode: "no-cors"'
    : `the server answered ${status}`;
}

/**
 * The body of an answer that brings a file.
 *
 * @param name The file's, for messages.
 * @throws {NotFoundError} When the server says that there is none.
 * @throws {UnknownModelError} When it fails, or sends nothing.
 */
export async function assertBody(
  { response, body }: WatchedResponse,
  name: string,
): Promise<ReadableStream<Uint8Array>> {
  const { ok, status } = response;
  if (ok && body !== null) return body;
  await body?.cancel();
  const text = `Cannot download ${name}: ${refusalReason(response)}`;
  if (ok) throw new UnknownModelError(`${text} and sent nothing`);
  // Some storage answers 403 where there is nothing.
  throw new (status >= 500 ? UnknownModelError : NotFoundError)(text);
}

/**
 * Checks a response that the caller gave.
 *
 * @param name What it brings, for messages.
 * @throws {ArgumentError} When its body is read already.
 */
export function assertUnread(response: Response, name: string): void {
  if (!response.bodyUsed && !response.body?.locked) return;
  throw new ArgumentError(
    `Cannot read ${name} as the response's body is read already: give response.clone(), or ask again`,
  );
}

/**
 * How many bytes an answer's body has, where the server tells. The length of a
 * compressed body isn't that of its bytes.
 */
export function contentLength(response: Response): number | undefined {
  const length = response.headers.get("content-length") ?? "";
  return isUncompressed(response) && /^\d{1,15}$/.test(length)
    ? Number(length)
    : undefined;
}

/** Whether an answer's bytes come as they are, not compressed. */
export function isUncompressed({ headers }: Response): boolean {
  return (headers.get("content-encoding") ?? "identity") === "identity";
}

/** A stream that fails when nothing comes of it while it is waited for. */
function heard(
  stream: ReadableStream<Uint8Array>,
  maxSilence: number,
  silent: (count: number) => Error,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let count = 0;
  return new ReadableStream({
    async pull(controller) {
      try {
        const read = reader.read();
        const { done, value } = await withTimeout(
          maxSilence,
          read,
          () => silent(count),
        );
        if (done) return controller.close();
        count += value.length;
        controller.enqueue(value);
      } catch (error) {
        await reader.cancel(error).catch(() => {});
        throw error;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** What `fetch` threw. */
function explained(
  error: unknown,
  url: URL,
  unreachable: Unreachable,
): unknown {
  if (error instanceof TypeError && url.protocol === "data:") {
    return unreachable(
      `Cannot read ${
        displaySource(url)
      } as it isn't a well-formed data: address`,
      { cause: error },
    );
  }
  if (error instanceof TypeError) {
    return unreachable(
      `Cannot reach ${displaySource(url)}: ${redactUrls(reasonOf(error))}`,
    );
  }
  // A refused permission isn't a refused connection. The address itself needs none
  // but its own; another's is a redirect's.
  const [, host] = error instanceof Error && error.name === "NotCapable" &&
      error.message.match(/^Requires net access to "([^"]+)"/) || [];
  if (host === undefined || host === hostOf(url)) return error;
  return unreachable(
    `Cannot download ${
      displaySource(url)
    } as it redirects to ${host}, which isn't allowed: if you trust it, add it to the hosts of --allow-net`,
    { cause: error },
  );
}

/** Node and Deno say "fetch failed", and why in the cause; Node's may have a code alone. */
function reasonOf({ message, cause }: TypeError): string {
  const { message: reason, code } = (cause ?? {}) as {
    readonly message?: string;
    readonly code?: string;
  };
  return reason || code || message;
}

function hostOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
