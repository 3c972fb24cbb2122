/**
 * Parses a JSON object that isn't trusted: what parsing it would cost is bounded
 * before it is parsed, and a name that stands twice is found, which `JSON.parse`
 * passes over.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { asObject } from "../json.ts";

/**
 * For each structural character, one of `{}[]:,` (RFC 8259, section 2), parsing
 * takes up to 100 bytes in V8, so that a text of nothing else takes 3 MB. A
 * tensor's entry has 14 of them, an Inception-v3 some 600 entries.
 */
const MAX_MARKS = 2 ** 15;

/** A list in a tensor's entry in the header. */
const MAX_DEPTH = 3;

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
  const { depth, names, marks } = scan(bytes);
  if (depth > MAX_DEPTH) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as it must nest <= ${MAX_DEPTH} deep: it nests ${depth}`,
    );
  }
  if (marks > MAX_MARKS) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as it must have <= ${MAX_MARKS} structural characters: it has ${marks}`,
    );
  }
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

/**
 * How deep JSON nests, how many names it has, each counted where it stands, and
 * how many structural characters. Of other bytes it says something.
 */
function scan(
  bytes: Uint8Array,
): { depth: number; names: number; marks: number } {
  let open = 0;
  let depth = 0;
  let names = 0;
  let marks = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        // No byte of a longer UTF-8 sequence equals either of the two.
        while (++i < bytes.length && bytes[i] !== QUOTE) {
          if (bytes[i] === BACKSLASH) i++;
        }
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth = Math.max(depth, ++open);
        marks++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open--;
        marks++;
        break;
      case COLON:
        names++;
        marks++;
        break;
      case COMMA:
        marks++;
        break;
    }
  }
  return { depth, names, marks };
}

function countNames(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const values = Object.values(value);
  return values.reduce(
    (sum: number, it) => sum + countNames(it),
    Array.isArray(value) ? 0 : values.length,
  );
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
