import {
  expectArgument,
  expectFunctions,
  expectOptions,
  expectSignal,
  isNumber,
} from "../../argument.ts";
import {
  AbortedError,
  CorruptWeightsError,
  UnknownModelError,
} from "../../errors.ts";
import { untilAborted } from "../../read_stream.ts";
import { shownSource } from "../address.ts";
import { keepContent, type StoredFile } from "./content.ts";
import { openPartial, type Partial, sweepPartials } from "./partial.ts";
import { type Answer, requestFrom } from "./range_request.ts";
import { readRecord, type StoreRecord } from "./records.ts";
import { sha256OfText } from "./sha256.ts";
import { forEachPart } from "./shelf.ts";
import { expectSha256, shelfOf, type Store } from "./store.ts";

/** How a file is downloaded. */
export interface DownloadOptions {
  /** Where it is kept, and found the next time. */
  readonly store: Store;
  /** In bytes; a longer file is an error, and isn't read to its end. */
  readonly limit: number;
  /**
   * The publisher's hash of it, in lower-case hexadecimal. Where it isn't known,
   * that of the first download is recorded, and later ones must have it.
   */
  readonly sha256?: string | undefined;
  /** Ends the download early; what came is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the server may send nothing, in ms; 30 000 unless given. Then the
   * connection counts as broken.
   */
  readonly maxSilence?: number | undefined;
  /**
   * Called as bytes come, with how many of the file are there, those of an earlier
   * download included, and how many it has, `undefined` where the server doesn't
   * tell.
   */
  readonly onProgress?:
    | ((done: number, total: number | undefined) => void)
    | undefined;
}

/**
 * A file from an address, or from the store where it is there. A download that
 * broke goes on where it ended, if the server still has the same file.
 *
 * The address is the file's reference in the store. Whether the file is a model is
 * for the caller to see, who removes the reference where it isn't.
 *
 * @throws {UnknownModelError} When there is no such file, or the connection breaks.
 * @throws {CorruptWeightsError} When its hash isn't the right one, when it is longer
 * than the limit or than its server says; what came of it is deleted.
 * @throws {AbortedError} When the signal fires.
 * @throws {ArgumentError} When an option is none that is taken, or the address isn't
 * absolute or has more than 8192 characters.
 *
 * @example
 * ```ts
 * import { download, fileStore } from "@totem/inception/weights";
 * const store = fileStore("store");
 * const file = await download("https://example.org/model.safetensors", {
 *   store,
 *   limit: 100e6,
 * });
 * console.log(file.size, file.sha256);
 * ```
 */
export async function download(
  address: string | URL,
  options: DownloadOptions,
): Promise<StoredFile> {
  expectOptions("download", options);
  const { store, sha256, signal, limit } = options;
  expectArgument(
    isNumber(limit, (it) => it >= 1),
    "download as limit must be a number of bytes >= 1",
    limit,
  );
  const shelf = shelfOf("download", store);
  expectSignal("download", signal);
  expectFunctions("download", options, ["onProgress"]);
  expectArgument(
    URL.canParse(address),
    "download as the address must be absolute and well-formed",
    address,
  );
  const url = new URL(address);
  url.hash = "";
  if (sha256 !== undefined) expectSha256(sha256);
  if (signal?.aborted) throw new AbortedError(signal.reason);

  const pin = await readRecord(shelf, url.href);
  const expected = sha256 ?? pin?.sha256;
  if (expected !== undefined && expected === pin?.sha256) {
    const file = await store.get(url.href);
    if (file) return file;
  }
  const key = await sha256OfText(url.href);
  const partial = await openPartial(shelf, key);
  try {
    await receive(url, partial, expected !== undefined, options);
  } catch (error) {
    if (signal?.aborted) throw new AbortedError(signal.reason);
    throw error;
  }
  const { draft, sha256: found } = await partial.finish();
  // Another process may have been the first in the meantime.
  const record = pin ?? await readRecord(shelf, url.href);
  if (found !== (sha256 ?? record?.sha256 ?? found)) {
    await draft.discard();
    throw mismatch(url, found, sha256, record);
  }
  const { size } = partial;
  const content = { reference: url.href, sha256: found, size };
  const file = await keepContent(shelf, draft, content);
  await sweepPartials(shelf, key);
  return file;
}

/**
 * Receives what is missing of the file.
 *
 * @param known Whether its hash is known, so that parts of different files can't
 * pass for one.
 */
async function receive(
  url: URL,
  partial: Partial,
  known: boolean,
  { limit, signal, maxSilence, onProgress }: DownloadOptions,
): Promise<void> {
  const start = known || partial.validator !== undefined ? partial.size : 0;
  let answer: Answer;
  try {
    const options = { signal, maxSilence };
    answer = await requestFrom(url, start, partial.validator, options);
  } catch (error) {
    await partial.keep();
    throw error;
  }
  const { body, total, validator, plain } = answer;
  if (answer.start === 0) await partial.restart(validator);

  // What this side finds wrong, as opposed to what befalls the connection.
  let fault: { readonly error: unknown } | undefined;
  let cause: unknown;
  try {
    await forEachPart(untilAborted(body, signal), async (part) => {
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
  if (cause === undefined && partial.size === (total ?? partial.size)) return;
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

function tooLong(url: URL, limit: number): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot download ${
      shownSource(url)
    } as it must have <= ${limit} bytes: it has more`,
  );
}

function mismatch(
  url: URL,
  found: string,
  sha256: string | undefined,
  record: StoreRecord | undefined,
): CorruptWeightsError {
  const name = shownSource(url);
  return new CorruptWeightsError(
    sha256 !== undefined
      ? `Cannot use ${name} as its SHA-256 must be ${sha256}: it is ${found}. What came is deleted`
      : `Cannot use ${name} as its SHA-256 must be ${record?.sha256}, as it was on its first download (${record?.at}): it is ${found}. What came is deleted. If the publisher has changed the file and you trust it, remove ${
        name === url.href ? `"${name}"` : "this address, its query with it,"
      } from the store to accept it`,
  );
}
