/** Addresses in the kernels' own memory. */

/** u32 [8, 256]: see `crc32.ts`. */
export const CRC_TABLES: usize = 64;

/** Huffman codes: see `huffman.ts`. */
export const LITERALS: usize = CRC_TABLES + 8 * 256 * 4;
export const DISTANCES: usize = LITERALS + (4 << 11) + 32 + 288 * 2;

/** u8: the lengths of a block's codes, literals first. */
export const LENGTHS: usize = DISTANCES + (4 << 9) + 32 + 32 * 2;

export const FIXED_BYTES: usize = LENGTHS + 320;
