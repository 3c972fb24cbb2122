/**
 * The files of one model at an address, by way of a store: each is kept under its own
 * address.
 *
 * @module
 */
import type { LatestFile, Trust } from "./store/latest_file.ts";
import type { ReceiveOptions } from "./store/receive_file.ts";
import type { Store } from "./store/store.ts";

/** The files that one model has been read from. */
export interface KeptFiles {
  /** The file at an address, as {@linkcode LatestFile} has it. */
  get(url: URL, options: Omit<ReceiveOptions, "store">): Promise<LatestFile>;
  /**
   * Forgets a file, or all that were read, as they aren't what they should be.
   *
   * @returns Whether one had been kept from an earlier time: it may have been damaged
   * since.
   */
  forget(url?: URL): Promise<boolean>;
}

/**
 * The files at addresses, kept in `store`. All are of one state of the model: where
 * one is new the others must be proved, and where the server couldn't be asked for one
 * it isn't asked for others.
 */
export function keptFiles(store: Store): KeptFiles {
  const states = new Map<string, LatestFile["state"]>();
  return {
    async get(address, options) {
      const url = new URL(address);
      url.hash = "";
      const { latestFile } = await import("./store/mod.ts");
      const trust = trustAfter([...states.values()]);
      const latest = await latestFile(url, trust, { ...options, store });
      states.set(url.href, latest.state);
      return latest;
    },
    async forget(url) {
      const references = url ? [url.href] : [...states.keys()];
      // A file that can't be removed is found damaged again.
      for (const href of references) await store.remove(href).catch(() => {});
      return references.some((href) => states.get(href) !== "new");
    },
  };
}

function trustAfter(states: readonly LatestFile["state"][]): Trust {
  if (states.includes("new")) return "prove";
  return states.includes("unasked") ? "keep" : "ask";
}

/** Whether what is there is downloaded, and so can be kept. */
export function isWebAddress({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:";
}
