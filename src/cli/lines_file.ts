/**
 * A file of JSON lines that a later run adds to.
 *
 * @module
 */
import { dirname } from "node:path";
import { isNotFound } from "../io/open_file.ts";
import { assertHeader, type LinesHeader } from "../io/json_lines.ts";
import { FileError, withFile, withOpenFile } from "./file_error.ts";
import { assertFileOrNone } from "./named_file.ts";
import { SEEK, system, type SystemFile, writeAll } from "./system.ts";

/** An open file, which no other process may add to meanwhile. */
export interface LinesFile extends Disposable {
  /** The lines after the first that it had when it was opened, as they are read. */
  lines(): Generator<string, void, void>;
  /** Whether nothing was in it. */
  readonly isNew: boolean;
  /** Keeps only the first `count` of those lines. */
  cut(count: number): void;
  /** Adds a line in one write: it is there whole, or is left out at the next opening. */
  add(value: unknown): void;
}

/**
 * Opens a file, or begins one, with its folder. What a crash left of a last line is cut off.
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
  const open = () =>
    system.open(path, {
      read: true,
      write: true,
      create: true,
      // Two processes add no lines into each other's, even where there are no locks.
      // On Windows a file that is appended to can't be cut off, and there are locks.
      append: system.build.os !== "windows",
    });
  const file = await withFile("resume", path, async () => {
    try {
      return await open();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await system.mkdir(dirname(path), { recursive: true });
      return await open();
    }
  });
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
  const { size } = await file.stat();
  let end = endOfLines(file, size);
  const [first] = linesIn(file, end);
  const begun = first?.text ?? readAt(file, 0, Math.min(size, CHUNK));
  assertHeader(begun, header, path, what);
  const write = (line: string) => {
    file.seekSync(0, SEEK.end);
    withOpenFile(
      "write",
      path,
      () => writeAll(file, encoder.encode(`${line}\n`)),
    );
  };
  if (end < size) file.truncateSync(end);
  if (!first) write(JSON.stringify(header));
  // Several processes that began the file at once have each written a header.
  const isHeader = (text: string) => text === first?.text;
  return {
    *lines() {
      for (const { text } of linesIn(file, end)) {
        if (!isHeader(text)) yield text;
      }
    },
    isNew: size === 0,
    cut(count) {
      let kept = first?.end ?? 0;
      let i = 0;
      for (const line of linesIn(file, end)) {
        if (isHeader(line.text)) continue;
        if (i++ === count) {
          file.truncateSync(kept);
          end = kept;
          return;
        }
        kept = line.end;
      }
    },
    add: (value) => write(JSON.stringify(value)),
    [Symbol.dispose]() {
      unlock(file);
      file.close();
    },
  };
}

const NEWLINE = 10;

/** Bytes read at a time. */
const CHUNK = 2 ** 16;

const encoder = new TextEncoder();

/** Where the last whole line ends. A crash may have left part of another behind it. */
function endOfLines(file: SystemFile, size: number): number {
  for (let end = size; end > 0; end -= CHUNK) {
    const start = Math.max(0, end - CHUNK);
    const newline = readAt(file, start, end - start).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
  }
  return 0;
}

/** The whole lines in the first `length` bytes of a file, each with where it ends. */
function* linesIn(
  file: SystemFile,
  length: number,
): Generator<{ readonly text: string; readonly end: number }, void, void> {
  const decoder = new TextDecoder();
  let text = "";
  for (let start = 0; start < length; start += CHUNK) {
    const chunk = readAt(file, start, Math.min(CHUNK, length - start));
    let from = 0;
    for (let at; (at = chunk.indexOf(NEWLINE, from)) >= 0; from = at + 1) {
      text += decoder.decode(chunk.subarray(from, at));
      yield { text, end: start + at + 1 };
      text = "";
    }
    text += decoder.decode(chunk.subarray(from), { stream: true });
  }
}

/** Reads `length` bytes that are there. Nothing else moves the place in between. */
function readAt(file: SystemFile, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, SEEK.start);
  for (let done = 0; done < length;) {
    const count = file.readSync(bytes.subarray(done));
    if (!count) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}

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
