import { displaySource } from "../../io/address.ts";
import { isGranted } from "../../runtime/environment.ts";
import { UnknownModelError } from "../../errors.ts";
import { UnreachableError } from "../../io/request.ts";
import { withoutShared } from "../shared_files.ts";
import { ownStore } from "./create_store.ts";
import { NotKeptError } from "./not_kept_error.ts";
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
  /** Why the server couldn't be reached, and whether a warning has been emitted. */
  let failure: { readonly reason: string; isTold: boolean } | undefined;

  function tell(text: string, failed: NonNullable<typeof failure>): void {
    if (!failed.isTold) warn(`${text}: ${failed.reason}`);
    failed.isTold = true;
  }

  async function get(
    url: URL,
    options: ReceiveOptions,
  ): Promise<LatestFile> {
    const mustBeProved = [...states.values()].includes("new");
    const record = await readRecord(storage, url.href);
    const file = record && await store.get(url.href);
    if (file === undefined) {
      return { file: await receive(url, options, mustBeProved), state: "new" };
    }
    const { version, at } = record!;
    const unasked = (failed: NonNullable<typeof failure>): LatestFile => {
      const name = displaySource(url);
      const day = at.slice(0, 10);
      tell(
        `Cannot check ${name} for a newer file, so the one kept since ${day} is used`,
        failed,
      );
      return { file, state: "unasked" };
    };
    if (mustBeProved && version === undefined) {
      return { file: await receiveFile(url, options, {}), state: "new" };
    }
    if (!mustBeProved && failure) return unasked(failure);
    if (version === undefined) return { file, state: "same" };
    try {
      const changed = await renew(url, version, options);
      return changed
        ? { file: changed, state: "new" }
        : { file, state: "same" };
    } catch (error) {
      // An older file can't replace a faulty new one.
      const isAbsent = error instanceof UnknownModelError;
      if (!isAbsent || mustBeProved) throw error;
      return unasked(failure = { reason: error.message, isTold: false });
    }
  }

  /** Downloads a file that isn't in the store. */
  async function receive(
    url: URL,
    options: ReceiveOptions,
    mustBeProved: boolean,
  ): Promise<StoredFile> {
    const name = displaySource(url);
    if (failure === undefined || mustBeProved) {
      try {
        return await receiveFile(url, options, {});
      } catch (error) {
        const reason = unreachableReason(error, url);
        if (reason === undefined || mustBeProved) throw error;
        failure = { reason, isTold: false };
        if (states.size === 0) throw error;
        tell(`Cannot look for ${name}, so only what is kept is used`, failure);
      }
    }
    throw new NotKeptError(
      `Cannot download ${name}, which isn't kept: ${failure.reason}`,
    );
  }

  return {
    /**
     * Returns the file at an address. A kept file is used if the server says that it is
     * unchanged, or sent neither ETag nor date to compare; and, with a warning, if the
     * server can't be reached or the download breaks. Otherwise it is downloaded again.
     *
     * All files belong to one state of the model: after a new file, the server must
     * confirm that the others are unchanged; after a file for which the server couldn't
     * be reached, it isn't asked again.
     *
     * @throws {NotKeptError} When the file isn't kept and the server couldn't be asked
     * for it or for an earlier one.
     */
    async get(address: URL, options: Omit<ReceiveOptions, "store">) {
      const url = new URL(address);
      url.hash = "";
      const latest = await get(url, { ...options, store });
      states.set(url.href, latest.state);
      return latest;
    },
    /** Whether the server couldn't be reached for a file: kept files are then used. */
    get isCutOff(): boolean {
      return failure !== undefined;
    },
    /**
     * Removes a file, or all that were read, because they are faulty. A file that
     * another model also uses is removed only if it is damaged: when the model is
     * downloaded again, the server is asked for such files anyway.
     *
     * Returns whether one of them was from an earlier download and may have been
     * damaged since.
     */
    async forget(url?: URL): Promise<boolean> {
      const references = url ? [url.href] : [...states.keys()];
      const kept = url ? [] : (await store.list()).map((it) => it.reference);
      const removable = withoutShared(references, kept);
      for (const href of references) {
        // A file that can't be removed is found damaged again.
        const done = removable.includes(href)
          ? store.remove(href)
          : store.get(href).then((file) => file?.verify());
        await done.catch(() => {});
      }
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
    throw new UnknownModelError(noPermission(url));
  }
  const { signal, maxSilence = MAX_SILENCE } = options;
  const answer = await requestChanged(url, version, {
    signal,
    maxSilence: Math.min(maxSilence, MAX_SILENCE),
  });
  return answer && await receiveFile(url, options, { answer });
}

/** Why the server can't be asked; `undefined` for another error. */
function unreachableReason(error: unknown, url: URL): string | undefined {
  if (error instanceof UnreachableError) return error.message;
  const isRefused = error instanceof Error && error.name === "NotCapable";
  return isRefused ? noPermission(url) : undefined;
}

function noPermission({ host }: URL): string {
  return `the permission --allow-net=${host} is not given`;
}
