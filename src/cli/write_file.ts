import { either } from "../text/either.ts";
import { basename, dirname, join } from "node:path";
import { UsageError } from "./options.ts";
import { withFile } from "./file_error.ts";
import { lock } from "./lines_file.ts";
import { assertFileOrNone } from "./named_file.ts";
import { assertNotInput } from "./not_input.ts";
import { system } from "./system.ts";

/**
 * Writes a file beside its place and renames it once the disk has it, so that it is
 * there whole or as it was before, whatever happens. Its folder is made where there
 * is none.
 *
 * @param check Is given the path of what was written; when it throws, the file
 * stays as it was.
 * @throws {FileError} When it can't be written; it names the file itself.
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

/** Written at once: Node takes less than 2 GiB. */
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

/** Writes a text file, whole or not at all. */
export async function writeTextWhole(
  path: string,
  text: string,
): Promise<void> {
  await writeFileWhole(path, new Blob([text]).stream());
}

/** A fresh name beside `path` for what isn't whole yet. */
export function partPath(path: string): string {
  return `${path}.${crypto.randomUUID()}.part`;
}

/**
 * Fails now where {@linkcode writeFileWhole} would later, so that nobody waits for a
 * result that can't be written. The folder is made here already, which also asks for
 * the permission that is needed: that to write to the folder, not to a file of a name
 * that nobody knows. What runs that were killed have left of the file is removed.
 *
 * @param endings What its name must end in, in whatever letter case: `".svg"`, or one of
 * several. So no photo is replaced by a chart, and each command knows the file again.
 * @param inputs What the command reads, or writes besides, which must be elsewhere.
 * @throws {FileError} When `path` is a folder, a pipe or a device, which a file would
 * replace, or an input, or the system refuses.
 * @throws {UsageError} When it ends otherwise.
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
 * Makes a file beside `path`, and its folder where there is none, and removes it again.
 *
 * @throws What the system says when it can't be made there.
 */
export async function tryBeside(path: string): Promise<void> {
  await system.mkdir(dirname(path), { recursive: true });
  const beside = partPath(path);
  (await system.open(beside, { write: true, createNew: true })).close();
  await system.remove(beside);
}

/** The end of a name that {@linkcode partPath} makes. */
export const PART = /\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/** In ms: what was written to since may be a process's that is about to lock it. */
const FRESH = 60_000;

/** Removes what no process writes any more. Litter is no reason to fail. */
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
    // A folder may be written to and not be listed.
  }
}

async function removeIfLeft(path: string): Promise<void> {
  using file = await system.open(path, { read: true, write: true });
  const { isFile, mtime } = await file.stat();
  if (!isFile || Date.now() - (mtime?.getTime() ?? Infinity) < FRESH) return;
  // Without locks nobody knows whether it is still written: then it stays.
  if (await file.tryLock(true)) await system.remove(path);
}
