/**
 * Receives a file into a store, from where an earlier download of it ended.
 *
 * @module
 */
import { throwIfAborted } from "../../async/abort.ts";
import { CorruptWeightsError, UnknownModelError } from "../../errors.ts";
import { untilAborted } from "../../read_stream.ts";
import { shownSource } from "../../address.ts";
import { keepContent, type StoredFile } from "./content.ts";
import type { DownloadOptions } from "./download_options.ts";
import { openPartial, type Partial, sweepPartials } from "./partial.ts";
import { type Answer, requestFrom } from "./range_request.ts";
import { sha256OfText } from "./sha256.ts";
import { forEachChunk } from "./shelf.ts";
import { ownStore } from "./store.ts";

/** As for `download`, but for the hash, which the caller judges. */
export type ReceiveOptions = Omit<DownloadOptions, "sha256">;

/** What the caller knows of a file. */
export interface Expected {
  /** Whether its hash is known, so that parts of different files can't pass for one. */
  readonly known: boolean;
  /** Throws when the hash that was found isn't right: the file isn't kept then. */
  readonly check?: ((found: string) => Promise<void>) | undefined;
  /** The server's answer, where it has been asked for the whole file. */
  readonly answer?: Answer | undefined;
}

/**
 * Downloads a file and keeps it under its address, in the place of what was there.
 *
 * @throws As `download`.
 */
export async function receiveFile(
  url: URL,
  options: ReceiveOptions,
  { known, check, answer }: Expected,
): Promise<StoredFile> {
  const { store, signal } = options;
  const { shelf } = ownStore("download", store);
  const key = await sha256OfText(url.href);
  const partial = await openPartial(shelf, key);
  let version: string | undefined;
  try {
    ({ version } = await receive(url, partial, known, options, answer));
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
  const { draft, sha256 } = await partial.finish();
  try {
    await check?.(sha256);
  } catch (error) {
    await draft.discard();
    throw error;
  }
  const { size } = partial;
  const content = { reference: url.href, sha256, size, version };
  const file = await keepContent(shelf, draft, content);
  await sweepPartials(shelf, key);
  return file;
}

/**
 * Receives what is missing of the file.
 *
 * @param known Whether its hash is known, so that parts of different files can't
 * pass for one.
 * @param asked The server's answer, where it has been asked for the whole file.
 */
async function receive(
  url: URL,
  partial: Partial,
  known: boolean,
  options: ReceiveOptions,
  asked: Answer | undefined,
): Promise<Answer> {
  const { limit, signal, onProgress } = options;
  let answer: Answer;
  try {
    answer = await begin(url, partial, known, options, asked);
  } catch (error) {
    await partial.keep();
    throw error;
  }
  const { body, total, validator, plain } = answer;
  if (answer.start === 0) await partial.restart(validator);

  // A fault that is found here, as opposed to one of the connection.
  let fault: { readonly error: unknown } | undefined;
  let cause: unknown;
  try {
    await forEachChunk(untilAborted(body, signal), async (part) => {
      try {
        const most = Math.min(limit, total ?? limit);
        const size = Math.max(partial.size + part.length, total ?? 0);
        if (size > most) throw tooLong(url, most);
        await partial.append(part);
        onProgress?.(partial.size, total);
      } catch (error) {
        fault = { error };
        throw error;
      }
    });
  } catch (error) {
    cause = error;
  }
  if (fault) {
    await partial.discard();
    throw fault.error;
  }
  if (cause === undefined && partial.size === (total ?? partial.size)) {
    return answer;
  }
  const resumable = plain && (known || partial.validator !== undefined);
  await (resumable ? partial.keep() : partial.discard());
  throw new UnknownModelError(
    `Cannot download ${
      shownSource(url)
    }: the connection broke after ${partial.size} of ${
      total ?? "an unknown number of"
    } bytes`,
    { cause },
  );
}

/** The answer that begins where the partial download ends, if that can go on. */
async function begin(
  url: URL,
  { size, validator }: Partial,
  known: boolean,
  options: ReceiveOptions,
  asked: Answer | undefined,
): Promise<Answer> {
  if (asked !== undefined) {
    const isSame = size > 0 && validator !== undefined &&
      validator === asked.validator;
    if (!isSame) return asked;
    await asked.body.cancel();
  }
  const start = known || validator !== undefined ? size : 0;
  return await requestFrom(url, start, validator, options);
}

function tooLong(url: URL, limit: number): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot download ${
      shownSource(url)
    } as it must have <= ${limit} bytes: it has more`,
  );
}
