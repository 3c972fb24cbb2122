import { CorruptWeightsError } from "../errors.ts";
import { asObject } from "./json.ts";

/** Limits on the depth and size of JSON. */
export interface JsonBounds {
  /** Maximum nesting of arrays and objects. */
  readonly maxDepth: number;
  /**
   * Maximum number of structural characters: `{}[]:,` outside of strings (RFC 8259,
   * section 2). V8 needs up to 60 bytes for each.
   */
  readonly maxMarks: number;
}

/**
 * At most 8 MB of memory. The `model.json` of Keras's own Inception-v3 nests 11 deep and has
 * 34,000 structural characters; the names and ids of 22,000 classes have 88,000.
 */
const BOUNDS: JsonBounds = { maxDepth: 64, maxMarks: 2 ** 17 };

/**
 * For {@linkcode parseStrictJson}. The deepest is a list in a tensor's entry; an entry
 * has 14 structural characters, and an Inception-v3 about 600 entries.
 */
const STRICT_BOUNDS: JsonBounds = { maxDepth: 3, maxMarks: 2 ** 15 };

/** Parses untrusted JSON. Its cost is bounded before it is parsed. */
export function parseJson(
  bytes: Uint8Array,
  where: string,
  bounds: JsonBounds = BOUNDS,
): unknown {
  if (bytes.length === 0) {
    throw new CorruptWeightsError(`Cannot read ${where} as it is empty`);
  }
  assertBounded(scan(bytes), where, bounds);
  try {
    return parse(bytes);
  } catch (cause) {
    throw new CorruptWeightsError(`Cannot read ${where} as it is not JSON`, {
      cause,
    });
  }
}

/** Parses a JSON object, with the default limits of {@linkcode parseJson}. */
export function parseJsonObject(
  text: string,
  where: string,
): Readonly<Record<string, unknown>> {
  return asObject(parseJson(new TextEncoder().encode(text), where), where);
}

/** Parses a JSON object that fills all of `bytes`. Names in each object must be unique. */
export function parseStrictJson(
  bytes: Uint8Array,
  where: string,
): Readonly<Record<string, unknown>> {
  if (bytes[0] !== OPEN_BRACE) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as it must begin with "{"`,
    );
  }
  const scanned = scan(bytes);
  assertBounded(scanned, where, STRICT_BOUNDS);
  let json: unknown;
  try {
    json = parse(bytes);
  } catch (cause) {
    const format = cause instanceof SyntaxError ? "JSON" : "UTF-8";
    throw new CorruptWeightsError(
      `Cannot read ${where} as it must be ${format}`,
      { cause },
    );
  }
  // JSON.parse keeps the last of equal names, while another parser may keep the first.
  if (countNames(json) !== scanned.names) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as a name stands twice in it`,
    );
  }
  return asObject(json, where);
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

function countNames(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const values = Object.values(value);
  return values.reduce(
    (sum: number, it) => sum + countNames(it),
    Array.isArray(value) ? 0 : values.length,
  );
}

function assertBounded(
  { depth, marks }: ReturnType<typeof scan>,
  where: string,
  { maxDepth, maxMarks }: JsonBounds,
): void {
  if (depth > maxDepth) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as it must nest <= ${maxDepth} deep: it nests ${depth}`,
    );
  }
  if (marks > maxMarks) {
    throw new CorruptWeightsError(
      `Cannot read ${where} as it must have <= ${maxMarks} structural characters: it has ${marks}`,
    );
  }
}

/** Measures JSON: its depth, structural characters, and the names in its objects. */
function scan(bytes: Uint8Array) {
  let open = 0;
  let depth = 0;
  let names = 0;
  let marks = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        i = endOfString(bytes, i);
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

/**
 * The end of the string that begins at `start`. Most of a header is strings, and the
 * built-in search is fast before the JIT has compiled this code.
 */
function endOfString(bytes: Uint8Array, start: number): number {
  let end = start;
  while (true) {
    // No byte of a multi-byte UTF-8 sequence equals a quote or a backslash.
    end = bytes.indexOf(QUOTE, end + 1);
    if (end === -1) return bytes.length;
    let escapes = 0;
    while (bytes[end - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
