/**
 * Asks a server for a file, for the rest of one, or whether it has changed.
 *
 * Source: RFC 9110, sections 13.1 (If-None-Match, If-Modified-Since, If-Range) and 14
 * (range requests).
 *
 * @module
 */
import { displaySource } from "../../io/address.ts";
import { UnknownModelError } from "../../errors.ts";
import {
  assertBody,
  contentLength,
  isUncompressed,
  request,
  type RequestOptions,
  type WatchedResponse,
} from "../../io/request.ts";

/** An ETag or date: printable ASCII, as a header has it. */
export const VALIDATOR = /^[\x20-\x7e]{1,512}$/;

export interface Answer {
  readonly body: ReadableStream<Uint8Array>;
  /** Offset of the body in the file: 0, or the requested one. */
  readonly start: number;
  /** Size of the file in bytes; `undefined` if the server doesn't say. */
  readonly total: number | undefined;
  /** The strong ETag or the date, which identifies exactly these bytes. */
  readonly validator: string | undefined;
  /** The ETag, weak or strong, or the date: it changes with the file. */
  readonly version: string | undefined;
  /** Whether the body isn't compressed, so that its offsets are the file's. */
  readonly plain: boolean;
}

/**
 * Requests the bytes from `start`, or the whole file if that range isn't available or
 * the file no longer has this `validator`.
 */
export async function requestFrom(
  url: URL,
  start: number,
  validator: string | undefined,
  options: RequestOptions,
): Promise<Answer> {
  if (start > 0 && !isCrossOrigin(url)) {
    const answer = await requestRest(url, start, validator, options);
    if (answer) return answer;
  }
  return await wholeAnswer(await request(url, {}, options), url);
}

/** Requests a file unless it still has this `version`; `null` if it does. */
export async function requestChanged(
  url: URL,
  version: string,
  options: RequestOptions,
): Promise<Answer | null> {
  const isTag = /^(W\/)?"/.test(version);
  const headers: Record<string, string> = isCrossOrigin(url)
    ? {}
    : { [isTag ? "if-none-match" : "if-modified-since"]: version };
  const answered = await request(url, headers, options);
  const { response, body } = answered;
  // Some servers ignore the condition.
  const isSame = response.status === 304 ||
    response.ok && fileVersion(response) === version;
  if (!isSame) return await wholeAnswer(answered, url);
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
  if (body && isUncompressed(response)) {
    if (response.status === 200) return await wholeAnswer(answered, url);
    const range = contentRange(response);
    const answer = makeAnswer(response, body, start, range?.total);
    // If-Range requests this, but not every server supports it.
    const isSame = validator === undefined ||
      (answer.validator ?? validator) === validator;
    const isRest = response.status === 206 && range?.start === start;
    if (isRest && isSame) return answer;
  }
  // 416, or an answer to something else. Only a request for the whole file shows
  // whether it exists.
  await body?.cancel();
  return undefined;
}

async function wholeAnswer(
  answered: WatchedResponse,
  url: URL,
): Promise<Answer> {
  const { response } = answered;
  const name = displaySource(url);
  const body = await assertBody(answered, name);
  if (response.status === 206) {
    await body.cancel();
    throw new UnknownModelError(
      `Cannot download ${name}: the server answered 206, a part of the file`,
    );
  }
  return makeAnswer(response, body, 0, contentLength(response));
}

function makeAnswer(
  response: Response,
  body: ReadableStream<Uint8Array>,
  start: number,
  total: number | undefined,
): Answer {
  const plain = isUncompressed(response);
  const etag = response.headers.get("etag");
  const date = response.headers.get("last-modified") ?? undefined;
  // A weak ETag may stand for other bytes.
  const strong = etag?.startsWith('"') ? etag : date;
  const validator = plain ? strong : undefined;
  return {
    body,
    start,
    total,
    validator,
    version: fileVersion(response),
    plain,
  };
}

/** The ETag, weak or strong, or the date, which distinguishes states of the file. */
function fileVersion({ headers }: Response): string | undefined {
  const version = headers.get("etag") ?? headers.get("last-modified");
  return version !== null && VALIDATOR.test(version) ? version : undefined;
}

/**
 * Whether a page would need another origin's permission for such headers, which few
 * grant.
 */
function isCrossOrigin(url: URL): boolean {
  return typeof Deno === "undefined" &&
    globalThis.location !== undefined &&
    globalThis.location.origin !== url.origin;
}

function contentRange({ headers }: Response) {
  const match = headers.get("content-range")?.match(
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/,
  );
  if (!match) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  const total = match[3] === "*" ? undefined : Number(match[3]);
  return start <= end && end < (total ?? Infinity)
    ? { start, total }
    : undefined;
}
