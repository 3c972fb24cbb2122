/**
 * What parsing JSON would cost, bounded before it is parsed.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";

/** How rich JSON may be. */
export interface JsonBounds {
  /** How deep arrays and objects may nest. */
  readonly maxDepth: number;
  /**
   * How many structural characters it may have, those of `{}[]:,` outside of
   * strings (RFC 8259, section 2). For each of them V8 takes up to 60 bytes.
   */
  readonly maxMarks: number;
}

/**
 * Checks that a text stays within its bounds, in one pass.
 *
 * @param bytes UTF-8. Of what isn't JSON it says something.
 * @returns How many names there are in its objects, each counted where it stands.
 * @throws {CorruptWeightsError} When it doesn't.
 */
export function assertBounded(
  bytes: Uint8Array,
  where: string,
  { maxDepth, maxMarks }: JsonBounds,
): number {
  const { depth, names, marks } = scan(bytes);
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
  return names;
}

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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
