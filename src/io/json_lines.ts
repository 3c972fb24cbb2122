/**
 * JSON Lines files that a later run can continue. The first line identifies the format
 * and the conditions under which the other lines were made.
 *
 * @module
 */
import { isObject } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** Everything that determines the other lines, as JSON. The same for a whole file. */
export type Conditions = Readonly<Record<string, unknown>>;

/** The first line. `format` identifies the kind of file. */
export type LinesHeader = Conditions & { readonly format: string };

/**
 * @param first The first line of a file, or the start of a file without a complete line.
 * @param what The content of the file, for errors: `"results"`.
 * @throws {ArgumentError} When it is another file, or was started under other conditions.
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

/** Parses the object in a line; `null` if it isn't an object. */
export function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value as Record<string, unknown> : null;
  } catch {
    return null;
  }
}
