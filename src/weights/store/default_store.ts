import { isGranted } from "../../environment.ts";
import { hasFiles } from "../../open_file.ts";
import { defaultCacheFolder } from "./cache_folder.ts";
import { fileStore } from "./file_store.ts";
import type { Store } from "./store.ts";

/**
 * Where known models are kept for a program that names no store: in Deno and Node the
 * folder of the command line, if Deno may read it without asking; else nowhere.
 *
 * The caller didn't ask for it, so it gives no warning of what it can't keep.
 */
export async function defaultStore(): Promise<Store | undefined> {
  if (!hasFiles()) return undefined;
  const path = await defaultCacheFolder();
  const isOpen = path !== undefined && await isGranted({ name: "read", path });
  return isOpen ? fileStore(path) : undefined;
}
