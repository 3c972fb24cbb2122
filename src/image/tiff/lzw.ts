import type { CorruptImageError } from "../../errors.ts";
import { corrupt, truncated, unsupported } from "./errors.ts";
import type { Fill } from "./sources.ts";

const CLEAR = 256;
const END = 257;
const FIRST_BITS = 9;
const MAX_BITS = 12;

/** Bytes expanded at a time; the last string may exceed this. */
const CHUNK_BYTES = 1 << 14;

/**
 * Expands LZW: TIFF 6.0, section 13. Codes start in the upper bits of bytes. They get
 * one bit longer one entry before the table needs it.
 */
export function openLzw(data: Uint8Array): Fill {
  // The bit order of `compress`, used by the first writers: a 9-bit Clear code.
  if (data[0] === 0 && data[1]! & 1) {
    throw unsupported("TIFF compressed as LZW of the old kind");
  }
  const expand = startExpanding(data);
  const chunk = new Uint8Array(CHUNK_BYTES + (1 << MAX_BITS));
  let from = 0;
  let end = 0;
  return (to) => {
    for (let filled = 0; filled < to.length;) {
      if (from === end) {
        end = expand(chunk);
        from = 0;
      }
      const part = chunk.subarray(
        from,
        Math.min(from + to.length - filled, end),
      );
      to.set(part, filled);
      filled += part.length;
      from += part.length;
    }
  };
}

/** Returns a function that expands the next strings, at least one, into a chunk. */
function startExpanding(data: Uint8Array): (chunk: Uint8Array) => number {
  // Entries are strings: an earlier one and a byte.
  const prefixes = new Uint16Array(1 << MAX_BITS);
  const lasts = new Uint8Array(1 << MAX_BITS);
  const lengths = new Uint16Array(1 << MAX_BITS);
  for (let i = 0; i < CLEAR; i++) {
    lasts[i] = i;
    lengths[i] = 1;
  }
  let state = {
    next: END + 1,
    bits: FIRST_BITS,
    previous: -1,
    at: 0,
    /** Bits that are read but not used yet: the lowest `count`. */
    buffer: 0,
    count: 0,
  };
  /** Why decoding stopped; the bytes before are good. */
  let fault: CorruptImageError | undefined;
  return (chunk) => {
    if (fault) throw fault;
    // Local variables: closure variables are several times slower.
    let { next, bits, previous, at, buffer, count } = state;
    let end = 0;
    while (end < CHUNK_BYTES) {
      while (count < bits && at < data.length) {
        buffer = (buffer << 8 | data[at++]!) & 0xffffff;
        count += 8;
      }
      const code = count < bits
        ? END
        : buffer >>> count - bits & (1 << bits) - 1;
      count -= bits;
      if (code === CLEAR) {
        next = END + 1;
        bits = FIRST_BITS;
        previous = -1;
        continue;
      }
      if (code === END) {
        fault = truncated();
        break;
      }
      // A string that isn't in the table yet is the last one and its own first byte.
      const isNew = code === next && previous >= 0 && next < 1 << MAX_BITS;
      if (!isNew && (previous < 0 ? code > CLEAR : code >= next)) {
        fault = corrupt("it is damaged: its data isn't compressed as LZW");
        break;
      }
      const known = isNew ? previous : code;
      const start = end;
      let entry = known;
      for (let i = start + lengths[known]! - 1; i >= start; i--) {
        chunk[i] = lasts[entry]!;
        entry = prefixes[entry]!;
      }
      end += lengths[known]!;
      if (isNew) chunk[end++] = chunk[start]!;
      if (previous >= 0 && next < 1 << MAX_BITS) {
        prefixes[next] = previous;
        lasts[next] = chunk[start]!;
        lengths[next] = lengths[previous]! + 1;
        next++;
        if (next === (1 << bits) - 1 && bits < MAX_BITS) bits++;
      }
      previous = code;
    }
    if (end === 0 && fault) throw fault;
    state = { next, bits, previous, at, buffer, count };
    return end;
  };
}
