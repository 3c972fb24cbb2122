import { fileStore } from "../weights/store/file_store.ts";
import type { Store } from "../weights/store/store.ts";
import {
  defaultCacheFolder,
  missingPermissions,
} from "../weights/store/cache_folder.ts";
import { readVariable, type Streams } from "./system.ts";
import type { Terminal } from "./terminal.ts";

/** The store in the cache folder. Warns once if it can't store models. */
export async function openStore(io: Terminal): Promise<Store> {
  const folder = await cacheFolder(io.streams);
  const missing = folder === undefined ? await missingPermissions() : null;
  return fileStore(folder, {
    onWarning: (message) =>
      io.tellWarning(
        missing === null
          ? message
          : `Cannot keep models for the next time: run again with ${missing}`,
      ),
  });
}

/** The cache folder; `undefined` if no variable sets it. */
export function cacheFolder(streams: Streams): Promise<string | undefined> {
  const read = (name: string) => readVariable(streams, name);
  return defaultCacheFolder(undefined, read);
}
