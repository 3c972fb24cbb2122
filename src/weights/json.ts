/**
 * Reads parsed JSON that isn't trusted: each function gives its value typed, or
 * throws a `CorruptWeightsError` that says where it stands.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";

/** JSON of any kind, from UTF-8 bytes. */
export function parseJson(bytes: Uint8Array, where: string): unknown {
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
  const found = JSON.stringify(value) ?? "absent";
  const shown = found.length > 60 ? `${found.slice(0, 60)}…` : found;
  return new CorruptWeightsError(
    `Cannot read ${where} as it must be ${expected}: it is ${shown}`,
  );
}
