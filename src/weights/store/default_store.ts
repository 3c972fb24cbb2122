import { hasFiles, isGranted } from "../../runtime/environment.ts";
import { defaultCacheFolder } from "./cache_folder.ts";
import { fileStore } from "./file_store.ts";
import type { Store } from "./store.ts";

/**
 * The store of known models for a program that specifies none: in Deno and Node the
 * folder of the command line, if Deno may read it without a prompt; elsewhere none.
 *
 * It emits no warnings, as the caller didn't request it.
 */
export async function defaultStore(): Promise<Store | undefined> {
  if (!hasFiles()) return undefined;
  const path = await defaultCacheFolder();
  const isOpen = path !== undefined && await isGranted({ name: "read", path });
  return isOpen ? fileStore(path) : undefined;
}
