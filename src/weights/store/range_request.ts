/**
 * Asks a server for a file, or for the rest of one.
 *
 * Source: RFC 9110, sections 13.1.5 (If-Range) and 14 (range requests).
 *
 * @module
 */
import { UnknownModelError } from "../../errors.ts";
import { shownSource } from "../address.ts";
import { request, type RequestOptions } from "../request.ts";

/** What a server is going to send. */
export interface Answer {
  /** The bytes. */
  readonly body: ReadableStream<Uint8Array>;
  /** Where in the file they begin: 0, or where they were asked to. */
  readonly start: number;
  /** The size of the file in bytes, `undefined` where the server doesn't tell. */
  readonly total: number | undefined;
  /** Tells this state of the file from others, where the server gives such. */
  readonly validator: string | undefined;
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
  if (start > 0) {
    const answer = await requestRest(url, start, validator, options);
    if (answer) return answer;
  }
  const { response, body } = await request(url, {}, options);
  if (response.status === 200 && body !== null) {
    return answerOf(response, body, 0, lengthOf(response));
  }
  await body?.cancel();
  throw new UnknownModelError(
    `Cannot download ${shownSource(url)}: the server answered ${
      response.status === 200 ? "200 and sent nothing" : response.status
    }`,
  );
}

async function requestRest(
  url: URL,
  start: number,
  validator: string | undefined,
  options: RequestOptions,
): Promise<Answer | undefined> {
  const headers: Record<string, string> = { range: `bytes=${start}-` };
  if (validator !== undefined) headers["if-range"] = validator;
  const { response, body } = await request(url, headers, options);
  const { status } = response;
  if (body && isPlain(response)) {
    if (status === 200) return answerOf(response, body, 0, lengthOf(response));
    const range = rangeOf(response);
    // If-Range asks for this, but not every server knows it.
    const same = validator === undefined ||
      (validatorOf(response) ?? validator) === validator;
    if (status === 206 && same && range?.start === start) {
      return answerOf(response, body, start, range.total);
    }
  }
  // 416, or an answer to something else: whether the file is there at all, the
  // request for all of it tells.
  await body?.cancel();
  return undefined;
}

function answerOf(
  response: Response,
  body: ReadableStream<Uint8Array>,
  start: number,
  total: number | undefined,
): Answer {
  const plain = isPlain(response);
  const validator = plain ? validatorOf(response) : undefined;
  return { body, start, total, validator, plain };
}

/** Compressed on its way, so that its lengths aren't those of the file. */
function isPlain({ headers }: Response): boolean {
  return (headers.get("content-encoding") ?? "identity") === "identity";
}

function lengthOf(response: Response): number | undefined {
  const length = response.headers.get("content-length") ?? "";
  return isPlain(response) && /^\d{1,15}$/.test(length)
    ? Number(length)
    : undefined;
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
