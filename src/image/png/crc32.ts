/** The remainder of each byte; bits are reversed. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) {
    byte = byte >>> 1 ^ (byte & 1 ? 0xedb88320 : 0);
  }
  return byte;
});

/** The checksum of a chunk, or of a part of a file: ISO/IEC 15948, annex D. */
export function crc32(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): number {
  let crc = -1;
  for (let i = start; i < end; i++) {
    crc = crc >>> 8 ^ TABLE[(crc ^ bytes[i]!) & 255]!;
  }
  return ~crc >>> 0;
}
