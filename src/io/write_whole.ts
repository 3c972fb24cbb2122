import { systemCode } from "./system_reason.ts";

/** The ending of the file that {@linkcode writeWhole} leaves if its process is killed. */
export const PART_ENDING = /\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/**
 * Writes a file under another name, and renames it once it is on disk. So the file is
 * whole, or as it was before, whatever happens. Its folder must exist.
 *
 * @throws An error of the system when it can't be written. Nothing is left behind then.
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

/** Writes the names in a folder to disk, where the system can. */
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

/** Waits between tries, in ms: together 3 s. */
const PAUSES = [10, 30, 100, 300, 1000, 1560];

/**
 * Tries again while Windows refuses an action because another program has the file open,
 * such as a virus scanner. On other systems the same codes are about permissions.
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
