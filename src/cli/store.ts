import { fileStore, type Store } from "../weights/store/mod.ts";
import { defaultCacheFolder } from "./cache_folder.ts";
import { paintMessage, tell } from "./terminal.ts";

/** The store of models in the cache folder, which tells once if it can't keep any. */
export async function openStore(): Promise<Store> {
  return fileStore(await defaultCacheFolder(), {
    onWarning: (message) =>
      tell(`${paintMessage("yellow", "warning")} ${message}`),
  });
}
