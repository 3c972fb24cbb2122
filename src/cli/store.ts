import { fileStore, type Store } from "../weights/store/mod.ts";
import {
  defaultCacheFolder,
  missingPermissions,
} from "../weights/store/cache_folder.ts";
import { tellWarning } from "./terminal.ts";

/** The store of models in the cache folder, which tells once if it can't keep any. */
export async function openStore(): Promise<Store> {
  const folder = await defaultCacheFolder();
  const missing = folder === undefined ? await missingPermissions() : null;
  return fileStore(folder, {
    onWarning: (message) =>
      tellWarning(
        missing === null
          ? message
          : `Cannot keep models for the next time: run again with ${missing}`,
      ),
  });
}
