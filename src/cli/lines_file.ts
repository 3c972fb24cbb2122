/**
 * A JSON Lines file that a later run can continue.
 *
 * @module
 */
import { dirname } from "node:path";
import { isNotFound } from "../io/open_file.ts";
import { assertHeader, type LinesHeader } from "../io/json_lines.ts";
import { FileError, withFile, withOpenFile } from "./file_error.ts";
import { assertFileOrNone } from "./named_file.ts";
import { SEEK, system, type SystemFile, writeAll } from "./system.ts";

/** An open file, locked against writes of other processes. */
export interface LinesFile extends Disposable {
  /** The lines after the header that the file had when it was opened, read on demand. */
  lines(): Generator<string, void, void>;
  /** Whether the file was empty. */
  readonly isNew: boolean;
  /** Keeps only the first `count` of those lines. */
  cut(count: number): void;
  /**
   * Appends a line in a single write. A partial line is dropped when the file is next
   * opened.
   */
  add(value: unknown): void;
}

/**
 * Opens or creates a file, and its folder. A partial last line, left by a crash, is cut
 * off.
 *
 * @param what The content of the file, for people: `"results"`.
 * @throws {ArgumentError} When it is another file, or was started under other conditions.
 * It is left unchanged.
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
      // Appending keeps lines of two processes apart even without locks. On Windows,
      // locks always work, and a file opened for appending can't be truncated.
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
  // Several processes that created the file at the same time have each written a header.
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

/** Bytes per read. */
const CHUNK = 2 ** 16;

const encoder = new TextEncoder();

/** The end of the last complete line. A crash may have left a partial one after it. */
function endOfLines(file: SystemFile, size: number): number {
  for (let end = size; end > 0; end -= CHUNK) {
    const start = Math.max(0, end - CHUNK);
    const newline = readAt(file, start, end - start).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
  }
  return 0;
}

/** The complete lines in the first `length` bytes of a file, each with its end offset. */
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

/** Reads `length` existing bytes. The file's position isn't moved concurrently. */
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

/** Locks the file. Also true if the file system doesn't support locks. */
export async function lock(file: SystemFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    return true;
  }
}

/**
 * Releases the lock. Closing isn't enough: a child process that is just being started
 * briefly has the file open, too.
 */
function unlock(file: SystemFile): void {
  try {
    file.unlockSync();
  } catch {
    // As in lock(): the file system doesn't support locks.
  }
}
