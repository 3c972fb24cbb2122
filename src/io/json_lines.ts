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

/**
 * @param first A file's first line; or, if it has no whole line, how it begins.
 * @param what What the file holds, for errors: `"results"`.
 * @throws {ArgumentError} When it is another file, or was begun under other conditions.
 */
export function assertHeader(
  first: string | Uint8Array,
  header: LinesHeader,
  path: string,
  what: string,
): void {
  const asked = JSON.stringify(header);
  const begun = new TextEncoder().encode(asked);
  const found = typeof first === "string" ? parseObject(first) : null;
  const isOurs = typeof first === "string"
    ? found?.format === header.format
    : first.every((byte, i) => byte === begun[i]);
  if (!isOurs) {
    throw new ArgumentError(
      `Cannot resume ${path} as it isn't a file of ${what}`,
    );
  }
  if (found) assertConditions(found, JSON.parse(asked), path);
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
