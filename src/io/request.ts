import { throwIfAborted } from "../async/abort.ts";
import { assertArgument, isNumber } from "../argument.ts";
import { ArgumentError, UnknownModelError } from "../errors.ts";
import { withTimeout } from "../async/timeout.ts";
import { displaySource, redactUrls } from "./address.ts";
import { networkReason } from "./network_reason.ts";
import { mapStream } from "./read_stream.ts";

/** Options of a request. */
export interface RequestOptions {
  /** Cancels the request. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The maximum time in ms without data, before or during the response; 30 000 by
   * default.
   */
  readonly maxSilence?: number | undefined;
}

/** Nothing exists at an address. */
export class NotFoundError extends UnknownModelError {}

/** A server can't be reached, or stopped sending. */
export class UnreachableError extends UnknownModelError {}

/** A server's response. */
export interface WatchedResponse {
  readonly response: Response;
  /** Its body, if any. Fails if the server stops sending. */
  readonly body: ReadableStream<Uint8Array> | null;
}

const MAX_SILENCE = 30_000;

/** Creates the error for a server that can't be reached, or stopped sending. */
export type Unreachable = (text: string, options?: ErrorOptions) => Error;

/**
 * Requests a file, with a timeout.
 *
 * @throws {UnreachableError} When the server can't be reached, or stops sending; or the
 * error of `unreachable`.
 * @throws {AbortedError} When the signal fires before the response begins.
 * @throws {ArgumentError} When `maxSilence` isn't > 0.
 */
export async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { signal, maxSilence = MAX_SILENCE }: RequestOptions,
  unreachable: Unreachable = (...args) => new UnreachableError(...args),
): Promise<WatchedResponse> {
  assertArgument(
    isNumber(maxSilence, (it) => it > 0),
    "download as maxSilence must be a number of ms > 0",
    maxSilence,
  );
  throwIfAborted(signal);
  const rule = `the server must send something within ${maxSilence / 1000} s`;
  const silent = (when: string) => {
    const cannot = `Cannot download ${displaySource(url)}`;
    return unreachable(`${cannot} as ${rule}: it was silent ${when}`);
  };
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    const answer = fetch(url, { headers, signal: controller.signal });
    const noAnswer = () => silent("from the start");
    const response = await withTimeout(maxSilence, answer, noAnswer);
    let count = 0;
    const late = () => silent(`after ${count} bytes`);
    const body = response.body && mapStream(response.body, async (read) => {
      const result = await withTimeout(maxSilence, read(), late);
      count += result.value?.length ?? 0;
      return result;
    });
    return { response, body };
  } catch (error) {
    controller.abort();
    throwIfAborted(signal);
    throw toTotemError(error, url, unreachable);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** The reason why a response isn't usable, to follow `Cannot download ...: `. */
export function refusalReason({ status, type }: Response): string {
  return type === "opaque"
    ? 'the response is opaque, as it was fetched with mode: "no-cors"'
    : `the server answered ${status}`;
}

/**
 * The body of a response.
 *
 * @throws {NotFoundError} When the server has no such file.
 * @throws {UnknownModelError} When the server fails, or sends nothing.
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
  // Some storage services respond with 403 to requests for missing files.
  throw new (status >= 500 ? UnknownModelError : NotFoundError)(text);
}

/** @throws {ArgumentError} When the response's body has been used. */
export function assertUnread(response: Response, name: string): void {
  if (!response.bodyUsed && !response.body?.locked) return;
  throw new ArgumentError(
    `Cannot read ${name} as the response's body is read already: give response.clone(), or ask again`,
  );
}

/** The length of the body in bytes; `undefined` if unknown or compressed. */
export function contentLength(response: Response): number | undefined {
  const length = response.headers.get("content-length") ?? "";
  return isUncompressed(response) && /^\d{1,15}$/.test(length)
    ? Number(length)
    : undefined;
}

export function isUncompressed({ headers }: Response): boolean {
  return (headers.get("content-encoding") ?? "identity") === "identity";
}

function toTotemError(
  error: unknown,
  url: URL,
  unreachable: Unreachable,
): unknown {
  const source = displaySource(url);
  if (error instanceof TypeError && url.protocol === "data:") {
    const text =
      `Cannot read ${source} as it isn't a well-formed data: address`;
    return unreachable(text, { cause: error });
  }
  if (error instanceof TypeError) {
    return unreachable(
      `Cannot reach ${source}: ${networkReason(fetchFault(error), url)}`,
    );
  }
  // A denied permission isn't a refused connection. The URL's own host only needs its own
  // permission; another host means a redirect.
  const [, host] = error instanceof Error && error.name === "NotCapable" &&
      error.message.match(/^Requires net access to "([^"]+)"/) || [];
  if (host === undefined || host === hostOf(url)) return error;
  return unreachable(
    `Cannot download ${source} as it redirects to ${host}, which isn't allowed: if you trust it, add it to the hosts of --allow-net`,
    { cause: error },
  );
}

/**
 * The reason why a connection failed, without possible secrets. Node and Deno only report
 * "fetch failed", with the reason in the cause. In Node, the cause may only have a code,
 * and if a proxy refuses, its own cause has the reason.
 */
export function fetchFault(error: unknown): string {
  const { message = `${error}`, cause } = error as Partial<Error>;
  const inner = (cause as Partial<Error> | undefined)?.cause ?? cause;
  const { message: reason, code } = (inner ?? {}) as {
    readonly message?: string;
    readonly code?: string;
  };
  return redactUrls(reason || code || message);
}

function hostOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
