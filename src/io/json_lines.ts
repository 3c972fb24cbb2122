/**
 * JSON lines that a later run adds to. The first line says what they are, and under
 * which conditions the others were made.
 *
 * @module
 */
import { isObject } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** What the other lines depend on, as JSON. Lines of other conditions aren't mixed in. */
export type Conditions = Readonly<Record<string, unknown>>;

/** The first line: `format` tells such lines from others. */
export type LinesHeader = Conditions & { readonly format: string };

const NEWLINE = 10;
const decoder = new TextDecoder();

/**
 * Reads the whole lines of a file. A crash may have left part of another behind them.
 *
 * @param what What it holds, for errors: `"results"`.
 * @returns The header as it stands there, `undefined` in a file that was just begun; the
 * lines after it; and the bytes of all.
 * @throws {ArgumentError} When it is another file, or was begun under other conditions.
 */
export function readJsonLines(
  bytes: Uint8Array,
  header: LinesHeader,
  path: string,
  what: string,
) {
  const byteLength = bytes.lastIndexOf(NEWLINE) + 1;
  const whole = decoder.decode(bytes.subarray(0, byteLength));
  const [first, ...others] = whole.split("\n").slice(0, -1);
  const found = first === undefined ? null : parseObject(first);
  const isOurs = first === undefined
    ? JSON.stringify(header).startsWith(decoder.decode(bytes))
    : found?.format === header.format;
  const cannot = `Cannot resume ${path} as it`;
  if (!isOurs) throw new ArgumentError(`${cannot} isn't a file of ${what}`);
  if (found) assertConditions(found, JSON.parse(JSON.stringify(header)), path);
  // Several processes that began the file at once have each written a header.
  return { first, lines: others.filter((it) => it !== first), byteLength };
}

function assertConditions(
  found: Conditions,
  asked: Conditions,
  path: string,
): void {
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

/** The object of a line, `null` where it is none. */
export function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value as Record<string, unknown> : null;
  } catch {
    return null;
  }
}
