/**
 * Parses a JSON object that isn't trusted: what parsing it would cost is bounded
 * before it is parsed, and a name that stands twice is found, which `JSON.parse`
 * passes over.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { asObject } from "../json.ts";
import { assertBounded } from "../json_bounds.ts";

/**
 * A list in a tensor's entry is the deepest. An entry has 14 structural characters,
 * an Inception-v3 some 600 entries.
 */
const BOUNDS = { maxDepth: 3, maxMarks: 2 ** 15 };

/**
 * The object of a text; all names in an object are unique.
 *
 * @param bytes UTF-8 that begins with `{`.
 * @param where What it is, for errors.
 * @throws {CorruptWeightsError} When it isn't one, or is too rich.
 */
export function parseStrictJson(
  bytes: Uint8Array,
  where: string,
): Readonly<Record<string, unknown>> {
  if (bytes[0] !== OPEN_BRACE) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as it must begin with "{"`,
    );
  }
  const names = assertBounded(bytes, where, BOUNDS);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CorruptWeightsError(`Cannot read ${where} as it must be UTF-8`, {
      cause,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CorruptWeightsError(`Cannot read ${where} as it must be JSON`, {
      cause,
    });
  }
  // JSON.parse keeps the last of them, where another reader keeps the first.
  if (countNames(json) !== names) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as a name stands twice in it`,
    );
  }
  return asObject(json, where);
}

function countNames(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const values = Object.values(value);
  return values.reduce(
    (sum: number, it) => sum + countNames(it),
    Array.isArray(value) ? 0 : values.length,
  );
}

const OPEN_BRACE = 0x7b;
