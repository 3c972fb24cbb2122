import { ArgumentError } from "../errors.ts";
import { readStream } from "../io/read_stream.ts";
import { displayPath, FileError, withFile } from "./file_error.ts";
import { type InputFile, type InputProblem, STDIN } from "./image_files.ts";
import type { Part } from "./list_parts.ts";
import { type Streams, system } from "./system.ts";

/** A list of image paths. */
export interface PathList {
  /** Its path, or `"-"`. */
  readonly path: string;
  /** Whether the paths can be read more than once. */
  readonly isRereadable: boolean;
  /** Reads the paths. Only a few are in memory, unless the whole list is. */
  paths(): AsyncGenerator<InputFile, void, void>;
}

/** The maximum size of a list from a stream that must be read twice, in bytes. */
const MAX_KEPT = 2 ** 28;

/**
 * Opens a list of paths.
 *
 * @param path Its path, or `"-"`.
 * @param isNull Whether its paths end with NUL.
 * @param isReadTwice Whether its paths are read more than once.
 * @throws {FileError} When it can't be opened.
 */
export async function openListAt(
  streams: Pick<Streams, "stdin">,
  path: string,
  isNull: boolean,
  isReadTwice: boolean,
): Promise<PathList> {
  let isRereadable = path !== STDIN &&
    await withFile("read", path, async () => {
      const { isFile, isDirectory } = await system.stat(path);
      if (!isDirectory) return isFile;
      throw new FileError("read", path, "it is a folder, not a list of paths");
    });
  let open = async (): Promise<ReadableStream<Uint8Array>> =>
    path === STDIN
      ? streams.stdin.readable
      : await withFile("read", path, async () =>
        (await system.open(path)).readable);
  if (isReadTwice && !isRereadable) {
    const kept = await readStream(await open(), MAX_KEPT);
    if (kept === null) {
      throw new ArgumentError(
        `Cannot use ${
          displayPath(path)
        } as a list of > ${MAX_KEPT} bytes is read twice: write it to a file, and name that with --files-from`,
      );
    }
    open = async () =>
      await Promise.resolve(new Blob([kept as BlobPart]).stream());
    isRereadable = true;
  }
  return {
    path,
    isRereadable,
    async *paths() {
      const { blocksOf, NEWLINE, partsOf } = await import("./list_parts.ts");
      const read = isNull ? readEnded(path) : readLine(path);
      const end = isNull ? 0 : NEWLINE;
      for await (const block of blocksOf(path, await open(), end)) {
        for (const part of partsOf(block, end)) {
          const input = read(part);
          if (input !== null) yield input;
        }
      }
    },
  };
}

/** The images named by a list. An empty list is a problem. */
export async function* listedInputs(
  list: PathList,
): AsyncGenerator<InputFile | InputProblem, void, void> {
  let isEmpty = true;
  for await (const input of list.paths()) {
    isEmpty = false;
    yield input;
  }
  if (isEmpty) yield { path: list.path, reason: "this list names no image" };
}

/** Reads a part of a list; `null` if it is empty. */
type PartReader = (part: Part) => InputFile | null;

/** Reads a list with one path per line. Empty lines are skipped. */
function readLine(list: string): PartReader {
  let line = 0;
  return (part) => {
    let { text } = part;
    if (++line === 1 && text.startsWith("\ufeff")) text = text.slice(1);
    if (text.includes("\0")) {
      throw new ArgumentError(
        `Cannot use ${
          displayPath(list)
        } as a list of paths: its line ${line} has a NUL. Give --null if NULs end the paths`,
      );
    }
    if (text.endsWith("\r")) text = text.slice(0, -1);
    return inputOf({ ...part, text });
  };
}

/** Reads a NUL-separated list, as written by `find -print0`. */
function readEnded(list: string): PartReader {
  let isFirst = true;
  return (part) => {
    if (isFirst && !part.isEnded && part.text.includes("\n")) {
      throw new ArgumentError(
        `Cannot use ${
          displayPath(list)
        } as a list with --null as it has lines and no NUL: leave out --null`,
      );
    }
    isFirst = false;
    return inputOf(part);
  };
}

function inputOf({ text, isDamaged }: Part): InputFile | null {
  if (text === "") return null;
  if (isDamaged) {
    const fault =
      "its name in the list isn't UTF-8: rename it, or name its folder";
    return { file: text, fault };
  }
  // In a list, `-` is a file name: standard input may be the list itself.
  return { file: text === STDIN ? `./${text}` : text };
}
