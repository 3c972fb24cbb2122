/**
 * Lists of paths: `--files-from`.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import { joinBytes } from "../io/join_bytes.ts";
import { readStream } from "../io/read_stream.ts";
import { displayPath, FileError, withFile } from "./file_error.ts";
import { type InputFile, STDIN } from "./image_files.ts";
import { flag, text } from "./option_kinds.ts";
import { UsageError, type Values } from "./options.ts";
import { type Streams, system } from "./system.ts";

/** For `parse()`. */
export const LIST_OPTIONS = {
  "files-from": text(),
  null: { ...flag, short: "0" },
};

/** For `--help`. */
export const NULL_HELP = `\
  -0, --null         With --files-from: paths end with NUL, as in the output of
                     find -print0`;

/** For `--help` of commands that also take images as arguments. */
export const LIST_HELP = `\
  --files-from LIST  Also read paths of images from LIST, a file with one path
                     per line, or - for standard input. Paths are relative to
                     the current folder; folders and globs aren't expanded
${NULL_HELP}`;

/** What is wrong with a list without paths. */
export const EMPTY_LIST = "this list names no image";

/** A list of paths of images. */
export interface PathList {
  /** Its path, or `"-"`. */
  readonly path: string;
  /** Whether its paths can be read again. */
  readonly isRereadable: boolean;
  /** Reads the paths. Only a few are in memory, unless the list was kept. */
  paths(): AsyncGenerator<InputFile, void, void>;
}

/** A list that must be kept, as it can't be read twice, has at most so many bytes. */
const MAX_KEPT = 2 ** 28;

/**
 * Opens the list that the options name.
 *
 * @param isReadTwice Whether its paths are read more than once.
 * @returns `null` if they name none.
 * @throws {UsageError} When `--null` is without a list.
 * @throws {FileError} When it can't be opened.
 */
export async function openPathList(
  streams: Pick<Streams, "stdin">,
  { "files-from": path, null: isNull }: Values<typeof LIST_OPTIONS>,
  isReadTwice: boolean,
): Promise<PathList | null> {
  if (path === undefined) {
    if (isNull) throw new UsageError("Cannot use --null without --files-from");
    return null;
  }
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

/** Text of a list up to an end, which the last part may lack. */
interface Part {
  readonly text: string;
  readonly isEnded: boolean;
  /** Whether it isn't UTF-8. */
  readonly isDamaged: boolean;
}

/** Reads a part of a list; `null` if it names nothing. */
type PartReader = (part: Part) => InputFile | null;

/** Reads the paths of lines. Empty lines have none. */
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

/** Reads the paths of a list that `find -print0` writes. */
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
  // In a list it isn't standard input, which may be the list.
  return { file: text === STDIN ? `./${text}` : text };
}

const NEWLINE = 10;

/** Bytes of some parts, with the end of the last but not that of the list. */
interface Block extends Pick<Part, "isEnded"> {
  readonly bytes: Uint8Array;
}

/** The bytes of a stream in blocks of whole parts. */
async function* blocksOf(
  list: string,
  stream: ReadableStream<Uint8Array>,
  end: number,
): AsyncGenerator<Block, void, void> {
  let rest = new Uint8Array();
  let isFirst = true;
  const reader = stream.getReader();
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      const bytes = rest.length === 0 ? value : joinBytes([rest, value]);
      if (isFirst && bytes.length > 1) {
        assertNotUtf16(list, bytes);
        isFirst = false;
      }
      const length = value.lastIndexOf(end) + 1;
      const whole = length === 0 ? 0 : rest.length + length;
      if (whole > 0) {
        yield { bytes: bytes.subarray(0, whole - 1), isEnded: true };
      }
      rest = bytes.slice(whole);
      if (rest.length > MAX_PATH) throw tooLong(list, rest, end);
    }
    if (rest.length > 0) yield { bytes: rest, isEnded: false };
  } finally {
    await reader.cancel();
  }
}

/** No system takes longer paths: Windows has 32767 characters, of at most 3 bytes. */
const MAX_PATH = 2 ** 17;

function tooLong(list: string, bytes: Uint8Array, end: number): ArgumentError {
  const begin = JSON.stringify(UTF8.decode(bytes.subarray(0, 40)));
  const hint = end === 0
    ? ". Leave out --null if line breaks end the paths"
    : "";
  return new ArgumentError(
    `Cannot use ${
      displayPath(list)
    } as a list of paths: what begins with ${begin} is longer than any path${hint}`,
  );
}

/** PowerShell writes such files. */
function assertNotUtf16(list: string, [first, second]: Uint8Array): void {
  const isUtf16 = first === 0xff && second === 0xfe ||
    first === 0xfe && second === 0xff;
  if (!isUtf16) return;
  throw new ArgumentError(
    `Cannot use ${
      displayPath(list)
    } as a list of paths as it is UTF-16: save it as UTF-8`,
  );
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT_UTF8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** The parts of a block, decoded at once where that works: one by one takes long. */
function* partsOf(
  { bytes, isEnded }: Block,
  end: number,
): Generator<Part, void, void> {
  if (isUtf8(bytes)) {
    const texts = UTF8.decode(bytes).split(String.fromCharCode(end));
    for (const text of texts) yield { text, isEnded, isDamaged: false };
    return;
  }
  for (let from = 0; from <= bytes.length;) {
    const at = bytes.indexOf(end, from);
    const to = at < 0 ? bytes.length : at;
    const part = bytes.subarray(from, to);
    yield { text: UTF8.decode(part), isEnded, isDamaged: !isUtf8(part) };
    from = to + 1;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    STRICT_UTF8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
