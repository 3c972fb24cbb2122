/**
 * A file of lines that outlives the process: each is a JSON object, written at once.
 * The first says what it is and under which conditions the others were made.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import { streamFile } from "../weights/file_stream.ts";
import { FileError, withFile } from "./file_error.ts";
import { assertFileOrNone } from "./named_file.ts";
import { SEEK, system, type SystemFile, writeAll } from "./system.ts";

/** What the other lines depend on; those of other conditions aren't mixed in. */
export type Conditions = Readonly<Record<string, unknown>>;

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
 * @param header The first line; `format` is what tells such files from others.
 * @param what Of such files, for people: `"results"`.
 * @throws {ArgumentError} When it is another file, or was begun under other conditions;
 * it is left as it is.
 * @throws {FileError} When it isn't a file, can't be opened, or another process has it
 * open.
 */
export async function openLinesFile(
  path: string,
  header: Conditions & { readonly format: string },
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
      () => begin(path, file, header, what),
    );
  } catch (error) {
    file.close();
    throw error;
  }
}

async function begin(
  path: string,
  file: SystemFile,
  header: Conditions & { readonly format: string },
  what: string,
): Promise<LinesFile> {
  if (!await lock(file)) {
    throw new FileError(
      "resume",
      path,
      "another process adds to it: wait for its end, or name another file",
    );
  }
  const text = JSON.stringify(header);
  const before = await readAll(file);
  const whole = before.lastIndexOf(NEWLINE) + 1;
  const [first, ...others] = decoder.decode(before.subarray(0, whole))
    .split("\n").slice(0, -1);
  if (first !== undefined) assertConditions(path, first, header, what);
  else if (!text.startsWith(decoder.decode(before))) {
    throw new ArgumentError(notOurs(path, what));
  }
  // Several processes that began it at once have each written a first line.
  const lines = others.filter((it) => it !== first);
  const write = (line: string) => {
    file.seekSync(0, SEEK.end);
    writeAll(file, encoder.encode(`${line}\n`));
  };
  if (whole < before.length) file.truncateSync(whole);
  if (first === undefined) write(text);
  return {
    lines,
    isNew: before.length === 0,
    cut(count) {
      if (count >= lines.length) return;
      file.truncateSync(0);
      for (const line of [first!, ...lines.slice(0, count)]) write(line);
    },
    add: (value) => write(JSON.stringify(value)),
    [Symbol.dispose]() {
      unlock(file);
      file.close();
    },
  };
}

const NEWLINE = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

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

function assertConditions(
  path: string,
  first: string,
  header: Conditions,
  what: string,
): void {
  const found = parseObject(first);
  if (found === null || found.format !== header.format) {
    throw new ArgumentError(notOurs(path, what));
  }
  const asked = JSON.parse(JSON.stringify(header));
  const other = Object.keys({ ...found, ...asked }).find((key) =>
    JSON.stringify(found[key]) !== JSON.stringify(asked[key])
  );
  if (other === undefined) return;
  throw new ArgumentError(
    `Cannot resume ${path} as it was begun with other ${other}: ${
      JSON.stringify(found[other])
    }, now ${JSON.stringify(asked[other])}`,
  );
}

function notOurs(path: string, what: string): string {
  return `Cannot resume ${path} as it isn't a file of ${what}`;
}

/** The object of a line, `null` where it is none. */
export function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : null;
  } catch {
    return null;
  }
}
