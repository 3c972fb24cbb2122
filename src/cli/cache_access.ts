import { join } from "node:path";
import {
  defaultCacheFolder,
  missingPermissions,
} from "../weights/store/cache_folder.ts";
import { isAbsence } from "../open_file.ts";
import { FileError, withFile } from "./file_error.ts";
import { messageOf } from "./image_options.ts";
import { isDenied, system } from "./system.ts";
import { tryBeside } from "./write_file.ts";

/**
 * Fails where the store can't be used, for commands that are about nothing else.
 *
 * @throws {FileError} When no variable tells the folder, or the system refuses. What
 * Deno wasn't allowed is Deno's own error.
 */
export async function assertCache(access: "read" | "write"): Promise<void> {
  const folder = await assertCacheFolder();
  await withFile(access, folder, async () => {
    if (access === "write") await tryBeside(join(folder, "check"));
    try {
      for await (const _ of system.readDir(folder)) break;
    } catch (error) {
      if (!isAbsence(error)) throw error;
    }
  });
}

async function assertCacheFolder(): Promise<string> {
  const folder = await defaultCacheFolder();
  if (folder !== undefined) return folder;
  if (await missingPermissions() !== null) {
    for (
      const name of ["TOTEM_CACHE", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"]
    ) system.env.get(name); // Deno's error names the first that may not be read.
  }
  throw new FileError(
    "use",
    "the cache folder",
    "no variable tells where it is: set TOTEM_CACHE",
  );
}

/** Why nobody can see what is cached, in words; `null` where one can. */
export async function cacheFault(): Promise<string | null> {
  try {
    await assertCache("read");
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!isDenied(error)) return messageOf(error);
    const flags = (await missingPermissions())?.split(" ")[0] ?? "";
    return `run again with --allow-read ${flags}`.trimEnd();
  }
}
