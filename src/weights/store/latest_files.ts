import { displaySource } from "../../io/address.ts";
import { isGranted } from "../../runtime/environment.ts";
import { UnknownModelError } from "../../errors.ts";
import { ownStore } from "./create_store.ts";
import { requestChanged } from "./range_request.ts";
import { receiveFile, type ReceiveOptions } from "./receive_file.ts";
import { readRecord } from "./records.ts";
import type { Store, StoredFile } from "./store.ts";

/** How long to wait for the server, in ms, if there is a file to use instead. */
const MAX_SILENCE = 10_000;

export interface LatestFile {
  readonly file: StoredFile;
  /** Downloaded just now; still the same; or kept without the server's word. */
  readonly state: "new" | "same" | "unasked";
}

/** The files that one model is read from. */
export type LatestFiles = ReturnType<typeof latestFiles>;

/** The files at addresses, kept in `store`. */
export function latestFiles(store: Store) {
  const { storage, warn } = ownStore("load a model", store);
  const states = new Map<string, LatestFile["state"]>();

  async function get(
    url: URL,
    options: ReceiveOptions,
  ): Promise<LatestFile> {
    const earlier = [...states.values()];
    const mustBeProved = earlier.includes("new");
    const record = await readRecord(storage, url.href);
    const file = record && await store.get(url.href);
    const { version } = record ?? {};
    if (file === undefined || mustBeProved && version === undefined) {
      return { file: await receiveFile(url, options, {}), state: "new" };
    }
    if (!mustBeProved && earlier.includes("unasked")) {
      return { file, state: "unasked" };
    }
    if (version === undefined) return { file, state: "same" };
    try {
      const changed = await renew(url, version, options);
      return changed
        ? { file: changed, state: "new" }
        : { file, state: "same" };
    } catch (error) {
      // An older file doesn't repair what is wrong with the new one.
      const isAbsent = error instanceof UnknownModelError;
      if (!isAbsent || mustBeProved) throw error;
      const name = displaySource(url);
      const day = record!.at.slice(0, 10);
      warn(
        `Cannot check ${name} for a newer file, so the one kept since ${day} is used: ${error.message}`,
      );
      return { file, state: "unasked" };
    }
  }

  return {
    /**
     * The file at an address. A kept one is used if the server says that it is still the
     * same, or sent neither ETag nor date to ask by; and, with a warning, if the server
     * can't be asked or the download breaks. Otherwise it is downloaded anew.
     *
     * All files are of one state of the model: after one that is new, the others must be
     * proved to be the same; after one that the server couldn't be asked for, no other is
     * asked for.
     */
    async get(address: URL, options: Omit<ReceiveOptions, "store">) {
      const url = new URL(address);
      url.hash = "";
      const latest = await get(url, { ...options, store });
      states.set(url.href, latest.state);
      return latest;
    },
    /**
     * Removes a file, or all that were read, because they aren't what they should be.
     * Returns whether one was kept from an earlier time: it may have been damaged since.
     */
    async forget(url?: URL): Promise<boolean> {
      const references = url ? [url.href] : [...states.keys()];
      // A file that can't be removed is found damaged again.
      for (const href of references) await store.remove(href).catch(() => {});
      return references.some((href) => states.get(href) !== "new");
    },
  };
}

/** The file if it has changed, else `null`. */
async function renew(
  url: URL,
  version: string,
  options: ReceiveOptions,
): Promise<StoredFile | null> {
  if (!await isGranted({ name: "net", host: url.host })) {
    throw new UnknownModelError(
      `the permission --allow-net=${url.host} is not given`,
    );
  }
  const { signal, maxSilence = MAX_SILENCE } = options;
  const answer = await requestChanged(url, version, {
    signal,
    maxSilence: Math.min(maxSilence, MAX_SILENCE),
  });
  return answer && await receiveFile(url, options, { answer });
}
