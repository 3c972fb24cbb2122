/**
 * Reads parsed JSON that isn't trusted: each function gives its value typed, or
 * throws a `CorruptWeightsError` that says where it stands.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";
import { assertBounded, type JsonBounds } from "./json_bounds.ts";

/**
 * The `model.json` of Keras's own Inception-v3 nests 11 deep and has 34,000
 * structural characters; the names and ids of 22,000 classes have 88,000.
 */
const BOUNDS: JsonBounds = { maxDepth: 64, maxMarks: 2 ** 17 };

/**
 * JSON of any kind, from UTF-8 bytes.
 *
 * @param bounds What would cost more isn't parsed: 8 MB unless given.
 */
export function parseJson(
  bytes: Uint8Array,
  where: string,
  bounds: JsonBounds = BOUNDS,
): unknown {
  if (bytes.length === 0) {
    throw new CorruptWeightsError(`Cannot read ${where} as it is empty`);
  }
  assertBounded(bytes, where, bounds);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CorruptWeightsError(`Cannot read ${where} as it is not JSON`, {
      cause,
    });
  }
}

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

/** An array. */
export function asArray(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(where, "an array", value);
}

/** A string. */
export function asString(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  throw unexpected(where, "a string", value);
}

/** A number that is neither NaN nor infinite. */
export function asNumber(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw unexpected(where, "a finite number", value);
}

/** The error of a value that isn't `expected`, with the start of the value. */
export function unexpected(
  where: string,
  expected: string,
  value: unknown,
): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot read ${where} as it must be ${expected}: it is ${shown(value)}`,
  );
}

/**
 * The start of a value, as JSON has it, for an error. However large and deep the
 * value is, it costs nothing: no more than two levels of it are looked at.
 */
export function shown(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.slice(0, MOST_SHOWN).map(shownFlat).join(",")}]`
    : shownFlat(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

const MOST_SHOWN = 60;

function shownFlat(value: unknown): string {
  if (value === undefined) return "absent";
  if (Array.isArray(value)) return value.length === 0 ? "[]" : "[…]";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "{…}" : JSON.stringify(
    typeof value === "string" ? value.slice(0, MOST_SHOWN) : value,
  );
}
