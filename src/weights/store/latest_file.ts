/**
 * The file that is at an address now, from the store if that has it.
 *
 * @module
 */
import { mayFetch } from "../../environment.ts";
import { UnknownModelError } from "../../errors.ts";
import { shownSource } from "../../address.ts";
import type { StoredFile } from "./content.ts";
import { requestChanged } from "./range_request.ts";
import { receiveFile, type ReceiveOptions } from "./receive_file.ts";
import { readRecord, type StoreRecord } from "./records.ts";
import { ownStore } from "./store.ts";

/** How long to wait for the server, in ms, when there is a file to use instead. */
const MAX_SILENCE = 10_000;

/** How a file that is kept is judged. */
export type Trust =
  /** It is asked for whether it has changed, if the server gave what to ask by. */
  | "ask"
  /** It is used as it is. */
  | "keep"
  /** It is used only if the server says that it is still the same. */
  | "prove";

/** A file of the store. */
export interface LatestFile {
  readonly file: StoredFile;
  /** Downloaded just now, still the same, or not to be asked for. */
  readonly state: "new" | "same" | "unasked";
}

/**
 * The file at `url`, which has no hash. What is kept is used if the server says that
 * it is still the same; if the server gave neither an ETag nor a date to ask by; and,
 * with a warning, if the server can't be asked or the download breaks. Otherwise the
 * file is downloaded, and takes the place of what was kept.
 *
 * @throws As `download`, but not for a hash.
 */
export async function latestFile(
  url: URL,
  trust: Trust,
  options: ReceiveOptions,
): Promise<LatestFile> {
  const store = ownStore("load a model", options.store);
  const record = await readRecord(store.shelf, url.href);
  const file = record && await store.get(url.href);
  const { version } = record ?? {};
  const unknown = version === undefined;
  if (file === undefined || trust === "prove" && unknown) {
    const received = await receiveFile(url, options, { known: false });
    return { file: received, state: "new" };
  }
  if (trust === "keep") return { file, state: "unasked" };
  if (unknown) return { file, state: "same" };
  try {
    const changed = await renew(url, version, options);
    return changed ? { file: changed, state: "new" } : { file, state: "same" };
  } catch (error) {
    // What is wrong with the new file isn't mended by an older one.
    const isAbsent = error instanceof UnknownModelError;
    if (!isAbsent || trust === "prove") throw error;
    store.warn(explain(url, record!, error));
    return { file, state: "unasked" };
  }
}

/** The file if it has changed, `null` if it hasn't. */
async function renew(
  url: URL,
  version: string,
  options: ReceiveOptions,
): Promise<StoredFile | null> {
  if (!await mayFetch(url)) {
    throw new UnknownModelError(
      `the permission --allow-net=${url.host} is not given`,
    );
  }
  const { signal, maxSilence = MAX_SILENCE } = options;
  const answer = await requestChanged(url, version, {
    signal,
    maxSilence: Math.min(maxSilence, MAX_SILENCE),
  });
  return answer &&
    await receiveFile(url, options, { known: false, answer });
}

function explain(url: URL, { at }: StoreRecord, { message }: Error): string {
  const day = at.slice(0, 10);
  const name = shownSource(url);
  return `Cannot check ${name} for a newer file, so the one kept since ${day} is used: ${message}`;
}
