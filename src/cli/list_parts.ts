/**
 * Splits a stream into the paths of a list, which are terminated by a certain byte.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import { joinBytes } from "../io/join_bytes.ts";
import { displayPath } from "./file_error.ts";

/** One part of a list. The terminator may be missing after the last part. */
export interface Part {
  readonly text: string;
  readonly isEnded: boolean;
  /** Whether it isn't valid UTF-8. */
  readonly isDamaged: boolean;
}

export const NEWLINE = 10;

/** The bytes of some parts. The last terminator is left out. */
export interface Block extends Pick<Part, "isEnded"> {
  readonly bytes: Uint8Array;
}

/** Splits a stream into blocks of complete parts. */
export async function* blocksOf(
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

/**
 * The maximum path length, in bytes. Windows has the longest paths: 32767 characters of
 * at most 3 bytes.
 */
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

/** PowerShell writes UTF-16 files. */
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

/**
 * The parts of a block. Decoded together if the block is valid UTF-8, as one by one is
 * slow.
 */
export function* partsOf(
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
