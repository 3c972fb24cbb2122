/**
 * Model files that were loaded once, kept for the next time.
 *
 * @module
 */
export { cacheApiStore } from "./cache_api_store.ts";
export type { StoredFile } from "./content.ts";
export { download, type DownloadOptions } from "./download.ts";

export { fileStore } from "./file_store.ts";
export type { StoreRecord } from "./records.ts";
export type { PutOptions, Store, StoreOptions } from "./store.ts";
export { defaultStore } from "./default_store.ts";
export { latestFile } from "./latest_file.ts";
