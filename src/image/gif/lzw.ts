import { corrupt, truncated } from "./blocks.ts";

/** The maximum number of strings: codes have up to 12 bits. */
const MAX_CODES = 4096;
const MAX_BITS = 12;

/**
 * The maximum number of codes read per call, as a stream may have millions without
 * pixels.
 */
const CODES_AT_ONCE = 1 << 16;

/** The pixels of a frame, decompressed. */
export type Lzw = ReturnType<typeof startLzw>;

/**
 * Decompresses the colour indices of a frame: GIF89a, appendix F. It needs 16 KB.
 *
 * @param start The offset of the first data block, at its size byte.
 * @param literalBits The bits of an index, 1..8.
 */
export function startLzw(
  bytes: Uint8Array,
  start: number,
  literalBits: number,
) {
  // A code's string is that of a smaller code, and one index.
  const prefixes = new Uint16Array(MAX_CODES);
  const suffixes = new Uint8Array(MAX_CODES);
  /** A string's indices, the first on top, that didn't fit into the row. */
  const stack = new Uint8Array(MAX_CODES);
  let height = 0;
  const clear = 1 << literalBits;
  const end = clear + 1;
  for (let i = 0; i < clear; i++) suffixes[i] = i;
  let bits = literalBits + 1;
  let next = end + 1;
  /** The last code, -1 after a clear. */
  let previous = -1;
  /** The first index of the last code's string. */
  let first = 0;

  let at = start;
  let blockEnd = start;
  let buffer = 0;
  let buffered = 0;

  /** The next code; the end code where the blocks of data end. */
  const readCode = () => {
    while (buffered < bits) {
      if (at === blockEnd) {
        const size = bytes[at++];
        if (size === undefined) throw truncated(bytes);
        if (size === 0) return end;
        blockEnd = at + size;
        if (blockEnd > bytes.length) throw truncated(bytes);
      }
      buffer |= bytes[at++]! << buffered;
      buffered += 8;
    }
    const code = buffer & (1 << bits) - 1;
    buffer >>>= bits;
    buffered -= bits;
    return code;
  };
  /** Puts the string of a code on the stack, and remembers a new string. */
  const expand = (code: number) => {
    if (code > next || code === next && (previous < 0 || next === MAX_CODES)) {
      throw corrupt("it is damaged: its data isn't compressed as a GIF's");
    }
    let rest = code;
    if (code === next) { // The string that this code itself defines.
      stack[height++] = first;
      rest = previous;
    }
    while (rest >= clear) {
      stack[height++] = suffixes[rest]!;
      rest = prefixes[rest]!;
    }
    first = rest;
    stack[height++] = first;
    if (previous >= 0 && next < MAX_CODES) {
      prefixes[next] = previous;
      suffixes[next] = first;
      next++;
    }
    previous = code;
    // The next code may be the string that it defines itself.
    if (next === 1 << bits && bits < MAX_BITS) bits++;
  };

  let filled = 0;
  return {
    /** Reads the next row; call it again if the row isn't complete. */
    read(row: Uint8Array): boolean {
      for (let codes = 0; codes < CODES_AT_ONCE; codes++) {
        while (height > 0 && filled < row.length) {
          row[filled++] = stack[--height]!;
        }
        if (filled === row.length) {
          filled = 0;
          return true;
        }
        const code = readCode();
        if (code === clear) {
          bits = literalBits + 1;
          next = end + 1;
          previous = -1;
        } else if (code === end) {
          throw corrupt("it is damaged: its data ends before its last pixel");
        } else expand(code);
      }
      return false;
    },
  };
}
