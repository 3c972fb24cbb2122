/**
 * Reads small integers in Parquet's hybrid of run-length encoding and bit-packing:
 * levels, dictionary indices and booleans.
 *
 * @param start Their offset in `bytes`.
 * @param width The number of bits of each, 0..32.
 * @throws {Error} When there are fewer than `count` of them before `end`.
 */
export function readRuns(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  count: number,
): Uint32Array {
  if (!(width <= 32 && start <= end && end <= bytes.length)) {
    throw new Error("a page is damaged");
  }
  const values = new Uint32Array(count);
  const wholeBytes = Math.ceil(width / 8);
  let at = start;
  for (let n = 0; n < count;) {
    let header = 0;
    for (let shift = 0;; shift += 7) {
      if (at >= end || shift > 28) throw new Error("a page is damaged");
      const byte = bytes[at++]!;
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const runs = Math.floor(header / 2);
    if (header % 2 === 0) {
      let value = 0;
      if (at + wholeBytes > end) throw new Error("a page is damaged");
      for (let i = 0; i < wholeBytes; i++) value += bytes[at++]! * 2 ** (8 * i);
      values.fill(value, n, n + runs);
      n += runs;
    } else {
      // Groups of eight. The last one may be padded.
      const size = Math.min(8 * runs, count - n);
      if (at + Math.ceil(size * width / 8) > end) {
        throw new Error("a page is damaged");
      }
      unpack(bytes, at, width, values.subarray(n, n + size));
      at += runs * width;
      n += size;
    }
  }
  return values;
}

/** Reads numbers of `width` bits, least significant bits first. */
function unpack(
  bytes: Uint8Array,
  start: number,
  width: number,
  values: Uint32Array,
): void {
  let at = start;
  /** Bits that were read but haven't been used. */
  let rest = 0;
  let bits = 0;
  const size = 2 ** width;
  for (let i = 0; i < values.length; i++) {
    // Not with shifts: there may be 39 bits.
    while (bits < width) {
      rest += bytes[at++]! * 2 ** bits;
      bits += 8;
    }
    const value = rest % size;
    values[i] = value;
    rest = (rest - value) / size;
    bits -= width;
  }
}
