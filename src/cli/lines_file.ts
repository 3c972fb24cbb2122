/**
 * A file of JSON lines that a later run adds to.
 *
 * @module
 */
import { type LinesHeader, readJsonLines } from "../io/json_lines.ts";
import { streamFile } from "../weights/file_stream.ts";
import { FileError, withFile } from "./file_error.ts";
import { assertFileOrNone } from "./named_file.ts";
import { SEEK, system, type SystemFile, writeAll } from "./system.ts";

/** An open file, which no other process may add to meanwhile. */
export interface LinesFile extends Disposable {
  /** The lines after the first that it had when it was opened. */
  readonly lines: readonly string[];
  /** Whether nothing was in it. */
  readonly isNew: boolean;
  /** Keeps only the first `count` of `lines`. */
  cut(count: number): void;
  /** Adds a line in one write: it is there whole, or is left out at the next opening. */
  add(value: unknown): void;
}

/**
 * Opens a file, or begins one. What a crash left of a last line is cut off.
 *
 * @param what What the file holds, for people: `"results"`.
 * @throws {ArgumentError} When it is another file, or was begun under other conditions;
 * it is left as it is.
 * @throws {FileError} When it can't be opened, or another process has it open.
 */
export async function openLinesFile(
  path: string,
  header: LinesHeader,
  what: string,
): Promise<LinesFile> {
  await assertFileOrNone("resume", path);
  const file = await withFile(
    "resume",
    path,
    () =>
      system.open(path, {
        read: true,
        write: true,
        create: true,
        // Two processes add no lines into each other's, even where there are no locks.
        // On Windows a file that is appended to can't be cut off, and there are locks.
        append: system.build.os !== "windows",
      }),
  );
  try {
    return await withFile(
      "resume",
      path,
      () => begin(file, header, path, what),
    );
  } catch (error) {
    file.close();
    throw error;
  }
}

async function begin(
  file: SystemFile,
  header: LinesHeader,
  path: string,
  what: string,
): Promise<LinesFile> {
  if (!await lock(file)) {
    throw new FileError(
      "resume",
      path,
      "another process adds to it: wait for its end, or name another file",
    );
  }
  const before = await readAll(file);
  const found = readJsonLines(before, header, path, what);
  const { lines, byteLength, first = JSON.stringify(header) } = found;
  const write = (line: string) => {
    file.seekSync(0, SEEK.end);
    writeAll(file, encoder.encode(`${line}\n`));
  };
  if (byteLength < before.length) file.truncateSync(byteLength);
  if (found.first === undefined) write(first);
  return {
    lines,
    isNew: before.length === 0,
    cut(count) {
      if (count >= lines.length) return;
      file.truncateSync(0);
      for (const line of [first, ...lines.slice(0, count)]) write(line);
    },
    add: (value) => write(JSON.stringify(value)),
    [Symbol.dispose]() {
      unlock(file);
      file.close();
    },
  };
}

const encoder = new TextEncoder();

/** Whether nobody else has it; true also where the file system knows no locks. */
export async function lock(file: SystemFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    return true;
  }
}

/**
 * Gives a lock back. Closing isn't enough: a process that this one is starting has
 * the file, too, for a moment.
 */
function unlock(file: SystemFile): void {
  try {
    file.unlockSync();
  } catch {
    // As in lock(): the file system knows no locks.
  }
}

/** What is in a file, which stays open. */
async function readAll(file: SystemFile): Promise<Uint8Array> {
  const read = async (target: Uint8Array) => await file.read(target) ?? 0;
  const stream = streamFile(read, () => Promise.resolve());
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
