import { systemCode } from "./system_reason.ts";

/**
 * The extension of the file that {@linkcode writeWhole} leaves if its process is killed.
 */
export const PART_ENDING = /\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/**
 * Writes a file atomically: writes and syncs a temporary file, then renames it. The
 * folder must exist.
 *
 * @throws The system's error when it can't be written. No temporary file is left then.
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const beside = `${path}.${crypto.randomUUID()}.part`;
  try {
    await writeThrough(beside, bytes);
    await retryWhileOpen(() => rename(beside, path));
  } catch (error) {
    await removeFile(beside).catch(() => {});
    throw error;
  }
  await syncFolder(path.replace(/[^/\\]*$/, "") || ".");
}

/** Syncs a folder's entries to disk, if the system supports it. */
export async function syncFolder(path: string): Promise<void> {
  try {
    if (typeof Deno !== "undefined") {
      using folder = await Deno.open(path);
      await folder.sync();
    } else {
      const { open } = process.getBuiltinModule("node:fs/promises");
      const folder = await open(path);
      await folder.sync().finally(() => folder.close());
    }
  } catch {
    // Windows can't open folders, and some file systems can't sync them.
  }
}

export async function removeFile(path: string): Promise<void> {
  if (typeof Deno !== "undefined") await Deno.remove(path);
  else await process.getBuiltinModule("node:fs/promises").rm(path);
}

/** Delays between retries, in ms: 3 s in total. */
const PAUSES = [10, 30, 100, 300, 1000, 1560];

/**
 * Retries while Windows refuses an action because another program, such as a virus
 * scanner, has the file open. On other systems, the same codes mean missing permissions.
 */
export async function retryWhileOpen(
  action: () => Promise<void>,
  isWindows: boolean = runsOnWindows(),
  pauses: readonly number[] = PAUSES,
): Promise<void> {
  for (const pause of isWindows ? pauses : []) {
    try {
      return await action();
    } catch (error) {
      if (!/^(EPERM|EACCES|EBUSY)$/.test(systemCode(error) ?? "")) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  await action();
}

function runsOnWindows(): boolean {
  return typeof Deno !== "undefined"
    ? Deno.build.os === "windows"
    : process.platform === "win32";
}

async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  if (typeof Deno !== "undefined") {
    using file = await Deno.open(path, { write: true, createNew: true });
    for (let done = 0; done < bytes.length;) {
      done += await file.write(bytes.subarray(done));
    }
    await file.sync();
  } else {
    const { open } = process.getBuiltinModule("node:fs/promises");
    const file = await open(path, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function rename(from: string, to: string): Promise<void> {
  if (typeof Deno !== "undefined") await Deno.rename(from, to);
  else await process.getBuiltinModule("node:fs/promises").rename(from, to);
}
