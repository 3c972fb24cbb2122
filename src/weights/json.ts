/**
 * Typed access to untrusted JSON: each function returns its value, or throws a
 * `CorruptWeightsError` that names the value's place.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";

/** An object that isn't an array. */
export function asObject(
  value: unknown,
  where: string,
): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unexpected(where, "an object", value);
}

export function asArray(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(where, "an array", value);
}

export function asString(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  throw unexpected(where, "a string", value);
}

/** A number that is neither NaN nor infinite. */
export function asNumber(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw unexpected(where, "a finite number", value);
}

/** @param what Names one of the strings in errors: `"a label"`. */
export function asTexts(value: unknown, where: string, what: string): string[] {
  return asArray(value, where).map((it) => asString(it, what));
}

/** An integer from `least` to `most`. */
export function asCount(
  value: unknown,
  where: string,
  least: number,
  most = 2 ** 20 - 1,
): number {
  const count = asNumber(value, where);
  if (Number.isSafeInteger(count) && count >= least && count <= most) {
    return count;
  }
  throw unexpected(where, `a whole number of ${least}..${most}`, value);
}

/** A number above 0, at most `most`. */
export function asRatio(value: unknown, where: string, most: number): number {
  const ratio = asNumber(value, where);
  if (ratio > 0 && ratio <= most) return ratio;
  throw unexpected(where, `> 0 and <= ${most}`, value);
}

/** The error about a value that isn't `expected`. It quotes the start of the value. */
export function unexpected(
  where: string,
  expected: string,
  value: unknown,
): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot read ${where} as it must be ${expected}: it is ${shown(value)}`,
  );
}

const MOST_SHOWN = 60;

/** The start of a value as JSON, at most two levels deep. */
export function shown(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.slice(0, MOST_SHOWN).map(shownFlat).join(",")}]`
    : shownFlat(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function shownFlat(value: unknown): string {
  if (value === undefined) return "absent";
  if (Array.isArray(value)) return value.length === 0 ? "[]" : "[…]";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "{…}" : JSON.stringify(
    typeof value === "string" ? value.slice(0, MOST_SHOWN) : value,
  );
}
