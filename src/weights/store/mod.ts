/**
 * A store for model files that were downloaded or converted.
 *
 * @module
 */
export { cacheApiStore } from "./cache_api_store.ts";
export { download } from "./download.ts";
export { defaultStore } from "./default_store.ts";
export { fileStore } from "./file_store.ts";
export { latestFiles } from "./latest_files.ts";
export type {
  DownloadOptions,
  PutOptions,
  Store,
  StoredFile,
  StoreOptions,
  StoreRecord,
} from "./store.ts";
