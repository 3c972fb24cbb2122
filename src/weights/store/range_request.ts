/**
 * Asks a server for a file, for the rest of one, or whether it has changed.
 *
 * Source: RFC 9110, sections 13.1 (If-None-Match, If-Modified-Since, If-Range) and 14
 * (range requests).
 *
 * @module
 */
import { UnknownModelError } from "../../errors.ts";
import { shownSource } from "../../address.ts";
import {
  type Answered,
  assertBody,
  isPlain,
  lengthOf,
  request,
  type RequestOptions,
} from "../../request.ts";

/** Printable ASCII, as goes into a header. */
const VERSION = /^[\x20-\x7e]{1,512}$/;

/** What a server is going to send. */
export interface Answer {
  /** The bytes. */
  readonly body: ReadableStream<Uint8Array>;
  /** Where in the file they begin: 0, or where they were asked to. */
  readonly start: number;
  /** The size of the file in bytes, `undefined` where the server doesn't tell. */
  readonly total: number | undefined;
  /** Identifies exactly these bytes, where the server gives such a tag or date. */
  readonly validator: string | undefined;
  /** The server's ETag, a weak one too, or its date for the file. */
  readonly version: string | undefined;
  /** Whether offsets in these bytes are offsets in the server's file. */
  readonly plain: boolean;
}

/**
 * Asks for the bytes from `start`, and for all where those can't be had or aren't
 * of the file that had this `validator`.
 *
 * @throws {UnknownModelError} When there is no such file, or no way to it.
 * @throws {AbortedError} When the signal fires before the answer begins.
 */
export async function requestFrom(
  url: URL,
  start: number,
  validator: string | undefined,
  options: RequestOptions,
): Promise<Answer> {
  if (start > 0 && !isElsewhere(url)) {
    const answer = await requestRest(url, start, validator, options);
    if (answer) return answer;
  }
  return await answerOf(await request(url, {}, options), url);
}

/**
 * Asks for a file unless it is still the `version` that is kept.
 *
 * @returns `null` when it still is.
 * @throws As {@linkcode requestFrom}.
 */
export async function requestChanged(
  url: URL,
  version: string,
  options: RequestOptions,
): Promise<Answer | null> {
  const headers: Record<string, string> = isElsewhere(url)
    ? {}
    : { [isTag(version) ? "if-none-match" : "if-modified-since"]: version };
  const answered = await request(url, headers, options);
  const { response, body } = answered;
  // Some servers ignore the condition.
  const isSame = response.status === 304 ||
    response.ok && versionOf(response) === version;
  if (!isSame) return await answerOf(answered, url);
  await body?.cancel();
  return null;
}

async function requestRest(
  url: URL,
  start: number,
  validator: string | undefined,
  options: RequestOptions,
): Promise<Answer | undefined> {
  const headers: Record<string, string> = { range: `bytes=${start}-` };
  if (validator !== undefined) headers["if-range"] = validator;
  const answered = await request(url, headers, options);
  const { response, body } = answered;
  const { status } = response;
  if (body && isPlain(response)) {
    if (status === 200) return await answerOf(answered, url);
    const range = rangeOf(response);
    // If-Range asks for this, but not every server knows it.
    const same = validator === undefined ||
      (validatorOf(response) ?? validator) === validator;
    if (status === 206 && same && range?.start === start) {
      return { ...factsOf(response), body, start, total: range.total };
    }
  }
  // 416, or an answer to something else: whether the file is there at all, the
  // request for all of it tells.
  await body?.cancel();
  return undefined;
}

/** An answer with all of the file. */
async function answerOf(answered: Answered, url: URL): Promise<Answer> {
  const { response } = answered;
  const name = shownSource(url);
  const body = await assertBody(answered, name);
  if (response.status === 206) {
    await body.cancel();
    throw new UnknownModelError(
      `Cannot download ${name}: the server answered 206, a part of the file`,
    );
  }
  const total = lengthOf(response);
  return { ...factsOf(response), body, start: 0, total };
}

function factsOf(response: Response) {
  const plain = isPlain(response);
  const validator = plain ? validatorOf(response) : undefined;
  return { validator, version: versionOf(response), plain };
}

/**
 * Whether a page would have to ask another origin if it may send such headers, which
 * few servers allow.
 */
function isElsewhere(url: URL): boolean {
  return typeof Deno === "undefined" &&
    globalThis.location !== undefined &&
    globalThis.location.origin !== url.origin;
}

/** What tells one state of the file from another, weak or not. */
function versionOf({ headers }: Response): string | undefined {
  const version = headers.get("etag") ?? headers.get("last-modified");
  return version !== null && VERSION.test(version) ? version : undefined;
}

function isTag(version: string): boolean {
  return /^(W\/)?"/.test(version);
}

/** A weak ETag may stand for other bytes, so it is of no use here. */
function validatorOf({ headers }: Response): string | undefined {
  const etag = headers.get("etag");
  if (etag?.startsWith('"')) return etag;
  return headers.get("last-modified") ?? undefined;
}

function rangeOf({ headers }: Response) {
  const match = headers.get("content-range")?.match(
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/,
  );
  if (!match) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  const total = match[3] === "*" ? undefined : Number(match[3]);
  const sound = start <= end && end < (total ?? Infinity);
  return sound ? { start, total } : undefined;
}
