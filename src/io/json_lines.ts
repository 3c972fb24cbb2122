/**
 * JSON lines that a later run adds to. The first line says what they are, and under
 * which conditions the others were made.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";

/** What the other lines depend on, as JSON. Lines of other conditions aren't mixed in. */
export type Conditions = Readonly<Record<string, unknown>>;

/** The first line: `format` tells such lines from others. */
export type LinesHeader = Conditions & { readonly format: string };

/** What lines are called in errors. */
export interface LinesName {
  /** Where they are, usually a path. */
  readonly path: string;
  /** What they hold: `"results"`. */
  readonly what: string;
}

/** The lines of a file. */
export interface JsonLines {
  /** The header as it stands there; `undefined` in a file that was just begun. */
  readonly first: string | undefined;
  /** The lines after it. */
  readonly lines: readonly string[];
  /** The bytes of all whole lines. A crash may leave part of another behind them. */
  readonly byteLength: number;
}

const NEWLINE = 10;
const decoder = new TextDecoder();

/**
 * Reads the whole lines of a file.
 *
 * @throws {ArgumentError} When it is another file, or was begun under other conditions.
 */
export function readJsonLines(
  bytes: Uint8Array,
  header: LinesHeader,
  name: LinesName,
): JsonLines {
  const byteLength = bytes.lastIndexOf(NEWLINE) + 1;
  const whole = decoder.decode(bytes.subarray(0, byteLength));
  const [first, ...others] = whole.split("\n").slice(0, -1);
  if (first !== undefined) assertConditions(first, header, name);
  else if (!JSON.stringify(header).startsWith(decoder.decode(bytes))) {
    throw foreignLines(name);
  }
  // Several processes that began the file at once have each written a header.
  return { first, lines: others.filter((it) => it !== first), byteLength };
}

function assertConditions(
  first: string,
  header: LinesHeader,
  name: LinesName,
): void {
  const found = parseObject(first);
  if (found === null || found.format !== header.format) {
    throw foreignLines(name);
  }
  const asked = JSON.parse(JSON.stringify(header));
  const other = Object.keys({ ...found, ...asked }).find((key) =>
    JSON.stringify(found[key]) !== JSON.stringify(asked[key])
  );
  if (other === undefined) return;
  throw new ArgumentError(
    `Cannot resume ${name.path} as it was begun with other ${other}: ${
      JSON.stringify(found[other])
    }, now ${JSON.stringify(asked[other])}`,
  );
}

function foreignLines({ path, what }: LinesName): ArgumentError {
  return new ArgumentError(
    `Cannot resume ${path} as it isn't a file of ${what}`,
  );
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
