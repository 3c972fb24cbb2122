import { Scan } from "./records";

/**
 * Fills the bit buffer to at least 57 bits. Skips the 0 after each 0xff of the data.
 * Before a marker and at the end of the data, the bits are zeros: padding.
 */
export function fill(scan: Scan): void {
  let count = scan.count;
  let at = scan.position;
  if (at + 8 <= scan.end) {
    const eight = load<u64>(at);
    // The top bit of each byte that is 0xff.
    const top = eight & (eight & 0x7f7f7f7f7f7f7f7f) + 0x0101010101010101;
    if ((top & 0x8080808080808080) == 0) {
      const bytes = (64 - count) >> 3;
      const mask: u64 = bytes == 8 ? -1 : ~(<u64> -1 >> (bytes << 3));
      scan.bits |= (bswap(eight) & mask) >> count;
      scan.count = count + (bytes << 3);
      scan.position = at + bytes;
      return;
    }
  }
  let bits = scan.bits;
  while (count <= 56) {
    let byte: u64 = 0;
    if (at < scan.end) byte = load<u8>(at);
    if (at >= scan.end || (byte == 0xff && !isStuffed(scan, at))) {
      scan.padding += 64 - count;
      count = 64;
      break;
    }
    at += byte == 0xff ? 2 : 1;
    bits |= byte << (56 - count);
    count += 8;
  }
  scan.bits = bits;
  scan.count = count;
  scan.position = at;
}

function isStuffed(scan: Scan, at: usize): bool {
  return at + 1 < scan.end && load<u8>(at, 1) == 0;
}

/**
 * The coefficient of `size` bits: values in the upper half are unchanged, those in the
 * lower half become negative. T.81, F.2.2.1.
 */
// @ts-ignore: decorator
@inline
export function extend(value: i32, size: i32): i32 {
  return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}
