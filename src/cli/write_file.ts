import { either } from "../text/either.ts";
import { basename, dirname, join } from "node:path";
import { UsageError } from "./options.ts";
import { withFile } from "./file_error.ts";
import { lock } from "./lines_file.ts";
import { assertFileOrNone } from "./named_file.ts";
import { assertNotInput } from "./not_input.ts";
import { system } from "./system.ts";

/**
 * Writes a file atomically: writes and syncs a temporary file beside it, then renames
 * that. The folder is created if necessary.
 *
 * @param check Called with the path of the temporary file. If it throws, the target stays
 * unchanged.
 * @throws {FileError} When it can't be written. Names the target.
 */
export async function writeFileWhole(
  path: string,
  stream: ReadableStream<Uint8Array>,
  check?: (path: string) => Promise<void>,
): Promise<void> {
  const beside = partPath(path);
  await withFile("write", path, async () => {
    await system.mkdir(dirname(path), { recursive: true });
    try {
      await writeThrough(beside, stream);
      await check?.(beside);
      await system.rename(beside, path);
    } catch (error) {
      await system.remove(beside).catch(() => {});
      throw error;
    }
  });
}

/** The maximum size of one write: Node supports less than 2 GiB. */
const MOST_BYTES = 2 ** 25;

async function writeThrough(
  path: string,
  stream: ReadableStream<Uint8Array>,
): Promise<void> {
  using file = await system.open(path, { write: true, createNew: true });
  await lock(file);
  for await (const part of stream) {
    for (let done = 0; done < part.length;) {
      done += await file.write(part.subarray(done, done + MOST_BYTES));
    }
  }
  await file.sync();
}

/** Writes a text file atomically. */
export async function writeTextWhole(
  path: string,
  text: string,
): Promise<void> {
  await writeFileWhole(path, new Blob([text]).stream());
}

/** A new name beside `path` for a temporary file. */
export function partPath(path: string): string {
  return `${path}.${crypto.randomUUID()}.part`;
}

/**
 * Checks early that {@linkcode writeFileWhole} will work, so that nobody waits for a
 * result that can't be written. Creates the folder, which also prompts for the permission
 * to write to that folder, not only to a random name. Removes temporary files of killed
 * runs.
 *
 * @param endings The required extension in any letter case: `".svg"`, or one of several.
 * So no chart replaces a photo, and commands recognize the file later.
 * @param inputs The other inputs and outputs of the command, which must be different
 * files.
 * @throws {FileError} When `path` is a folder, a pipe, a device or an input, which a file
 * would replace, or when the system refuses.
 * @throws {UsageError} When the extension is wrong.
 */
export async function assertWritable(
  path: string,
  endings: string | readonly string[],
  inputs: readonly (string | undefined)[] = [],
): Promise<void> {
  await assertNotInput(path, inputs);
  await withFile("write", path, async () => {
    await assertFileOrNone("write", path);
    const any = [endings].flat();
    if (!any.some((it) => path.toLowerCase().endsWith(it))) {
      throw new UsageError(
        `Cannot write ${path} as its name must end in ${either(any)}`,
      );
    }
    await tryBeside(path);
  });
  await removeParts(path);
}

/**
 * Creates and removes a file beside `path`. Creates the folder if necessary.
 *
 * @throws The system's error if that fails.
 */
export async function tryBeside(path: string): Promise<void> {
  await system.mkdir(dirname(path), { recursive: true });
  const beside = partPath(path);
  (await system.open(beside, { write: true, createNew: true })).close();
  await system.remove(beside);
}

/** The suffix of names from {@linkcode partPath}. */
export const PART = /\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/** In ms. A process may be about to lock a file that was changed more recently. */
const FRESH = 60_000;

/** Removes temporary files that no process is writing. Errors are ignored. */
async function removeParts(path: string): Promise<void> {
  const folder = dirname(path);
  const name = basename(path);
  try {
    for await (const entry of system.readDir(folder)) {
      if (entry.name.replace(PART, "") !== name || entry.name === name) {
        continue;
      }
      await removeIfLeft(join(folder, entry.name)).catch(() => {});
    }
  } catch {
    // A folder may be writable but not listable.
  }
}

async function removeIfLeft(path: string): Promise<void> {
  using file = await system.open(path, { read: true, write: true });
  const { isFile, mtime } = await file.stat();
  if (!isFile || Date.now() - (mtime?.getTime() ?? Infinity) < FRESH) return;
  // Without locks, it is unknown whether the file is still being written, so it stays.
  if (await file.tryLock(true)) await system.remove(path);
}
