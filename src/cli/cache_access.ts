import { join } from "node:path";
import { missingPermissions } from "../weights/store/cache_folder.ts";
import { isNotFound } from "../io/open_file.ts";
import { FileError, messageOf, withFile } from "./file_error.ts";
import { cacheFolder } from "./store.ts";
import { isDenied, type Streams, system } from "./system.ts";
import { tryBeside } from "./write_file.ts";

/** @throws {FileError} When no variable sets the folder, or the system denies access. */
export async function assertCache(
  streams: Streams,
  access: "read" | "write",
): Promise<void> {
  const folder = await assertCacheFolder(streams);
  await withFile(access, folder, async () => {
    if (access === "write") await tryBeside(join(folder, "check"));
    try {
      for await (const _ of system.readDir(folder)) break;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  });
}

async function assertCacheFolder(streams: Streams): Promise<string> {
  const folder = await cacheFolder(streams);
  if (folder !== undefined) return folder;
  if (await missingPermissions() !== null) {
    for (
      const name of ["TOTEM_CACHE", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"]
    ) streams.env.get(name); // Deno's error names the first unreadable one.
  }
  throw new FileError(
    "use",
    "the cache folder",
    "no variable tells where it is: set TOTEM_CACHE",
  );
}

/** The reason why the cache can't be read, as text; `null` if it can. */
export async function cacheFault(streams: Streams): Promise<string | null> {
  try {
    await assertCache(streams, "read");
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!isDenied(error)) return messageOf(error);
    const flags = (await missingPermissions())?.split(" ")[0] ?? "";
    return `run again with --allow-read ${flags}`.trimEnd();
  }
}
