import { CRC_TABLES } from "./memory";

/** ISO/IEC 15948, annex D: bits are reversed. */
const POLYNOMIAL: u32 = 0xedb88320;

/** Writes the tables: remainders of a byte with 0 to 7 zero bytes after it. */
export function prepare(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder >> 1 ^ (remainder & 1 ? POLYNOMIAL : 0);
    }
    store<u32>(CRC_TABLES + (byte << 2), remainder);
  }
  for (let i: u32 = 256; i < 8 * 256; i++) {
    const before = load<u32>(CRC_TABLES + ((i - 256) << 2));
    store<u32>(CRC_TABLES + (i << 2), before >> 8 ^ tableAt(0, before));
  }
}

/** Continues a checksum, which is 0 at first. */
export function crc32(crc: u32, at: usize, bytes: usize): u32 {
  const end = at + bytes;
  crc = ~crc;
  for (; at + 8 <= end; at += 8) {
    const low = load<u32>(at) ^ crc;
    const high = load<u32>(at, 4);
    crc = tableAt(7, low) ^ tableAt(6, low >> 8) ^ tableAt(5, low >> 16) ^
      tableAt(4, low >> 24) ^ tableAt(3, high) ^ tableAt(2, high >> 8) ^
      tableAt(1, high >> 16) ^ tableAt(0, high >> 24);
  }
  for (; at < end; at++) crc = crc >> 8 ^ tableAt(0, crc ^ load<u8>(at));
  return ~crc;
}

function tableAt(zeros: usize, word: u32): u32 {
  return load<u32>(CRC_TABLES + (zeros << 10) + (<usize> (word & 255) << 2));
}
