/**
 * A corpus from a text file of paths and addresses, of any length.
 *
 * @module
 */
import { counted } from "../../text/numbers.ts";
import type { ByteSource } from "../../io/open_file.ts";
import type { Corpus, CorpusRow } from "./corpus.ts";
import { addressError, corpusError } from "./corpus_error.ts";
import { listRoot } from "./current_folder.ts";
import { imageAddress } from "./image_address.ts";

/**
 * The number of bytes at the start of a file used to detect its format. Lines are
 * shorter.
 */
export const FIRST_BLOCK = 2 ** 17;
/** The maximum length of a path or an address, in bytes. */
const MAX_LINE = 2 ** 16;
const NEWLINE = 10;
/** Matches the header of a table, by the name of the first column. */
const HEADER =
  /^"?(url|path|file|filename|file_?path|image|image_?url|image_?path|key|id|name)"?([,;\t|]|$)/i;

/** Opens a file at its start; returns `undefined` if the file no longer exists. */
type Open = () => Promise<ByteSource | undefined>;

/**
 * @param start The first {@linkcode FIRST_BLOCK} bytes of the file, or the whole file.
 * @throws {ArgumentError} When it isn't a list.
 */
export function textCorpus(
  open: Open,
  start: Uint8Array,
  address: string,
): Corpus {
  const isUtf16 = start[0] === 0xff && start[1] === 0xfe ||
    start[0] === 0xfe && start[1] === 0xff;
  if (isUtf16) throw corpusError(address, "it is UTF-16: save it as UTF-8");
  const separator = start.includes(0) ? 0 : NEWLINE;
  if (separator === NEWLINE) assertList(start, address);
  const root = listRoot();
  let comments = 0;
  return {
    address,
    columns: [],
    get root() {
      return root.path;
    },
    get notes() {
      return comments === 0 ? [] : [
        `${counted(comments, "line begins", "lines begin")} with "#", and ${
          comments === 1 ? "is taken as a path" : "are taken as paths"
        }: a list has no comments`,
      ];
    },
    async *rows() {
      comments = 0;
      for await (const line of linesOf(open, separator, address)) {
        if (line.url.startsWith("#")) comments++;
        root.see(line.url);
        yield line;
      }
    },
  };
}

/** @throws {ArgumentError} When a file of lines is a table or JSON. */
function assertList(start: Uint8Array, address: string): void {
  const text = new TextDecoder().decode(start);
  const [first = ""] = text.trimStart().split(/\r?\n/, 1);
  const kind = HEADER.test(first)
    ? "the header of a table"
    : isJson(first)
    ? "JSON"
    : undefined;
  if (kind === undefined) return;
  throw corpusError(
    address,
    `it begins like ${kind}, and a list has a path or an address a line: ${
      JSON.stringify(first.slice(0, 100))
    }`,
  );
}

function isJson(line: string): boolean {
  if (/^[[{]\s*$/.test(line)) return true;
  try {
    return /^["{[]/.test(line) && JSON.parse(line) !== null;
  } catch {
    // A longer line may be truncated here.
    return /^[[{]\s*["[{]/.test(line);
  }
}

async function* linesOf(
  open: Open,
  separator: number,
  address: string,
): AsyncGenerator<CorpusRow, void, void> {
  const isText = separator === NEWLINE;
  let number = 0;
  const rowOf = (bytes: Uint8Array) => {
    number++;
    const where = `its ${isText ? "line" : "entry"} ${number}`;
    if (bytes.length > MAX_LINE) {
      throw corpusError(
        address,
        `${where} has more than ${MAX_LINE} bytes: is it a list?`,
      );
    }
    const line = decode(bytes);
    if (line === undefined) {
      throw corpusError(
        address,
        `${where} isn't UTF-8: it must be a text file with a path or an address a line, or Parquet`,
      );
    }
    const text = isText ? line.replace(/\r$/, "") : line;
    if (text === "") return undefined;
    // A tab-separated table, line ends of another system, or another file format.
    const [control] = isText ? text.match(CONTROL) ?? [] : [];
    const found = control === undefined ? imageAddress(text) : {
      fault: `it has ${
        JSON.stringify(control)
      }, which only a list with NUL between its entries can have`,
    };
    if ("url" in found) return { url: found.url, values: [] };
    throw addressError(address, where, found.fault);
  };
  const file = await open();
  if (file === undefined) {
    throw corpusError(address, "there is no such file or folder");
  }
  try {
    const buffer = new Uint8Array(4 * MAX_LINE);
    /** The length of the incomplete line at the start of the buffer. */
    let rest = 0;
    let isStart = true;
    while (true) {
      const count = await file.read(buffer.subarray(rest));
      let at = 0;
      const end = rest + count;
      if (isStart && end >= 3) {
        if (isMark(buffer)) at = 3;
        isStart = false;
      }
      for (let next = rest; next < end; next++) {
        if (buffer[next] !== separator) continue;
        const row = rowOf(buffer.subarray(at, next));
        if (row !== undefined) yield row;
        at = next + 1;
      }
      if (count === 0) {
        const row = at < end ? rowOf(buffer.subarray(at, end)) : undefined;
        if (row !== undefined) yield row;
        return;
      }
      buffer.copyWithin(0, at, end);
      rest = end - at;
      if (rest > MAX_LINE) {
        throw corpusError(
          address,
          `its line ${
            number + 1
          } has more than ${MAX_LINE} bytes: is it a list?`,
        );
      }
    }
  } finally {
    await file.close();
  }
}

// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x1f\x7f]/;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether a file begins with a byte order mark, as on Windows. */
function isMark([a, b, c]: Uint8Array): boolean {
  return a === 0xef && b === 0xbb && c === 0xbf;
}
