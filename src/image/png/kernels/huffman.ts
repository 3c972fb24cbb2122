/**
 * A Huffman table in memory, which looks up `bits` at once:
 *
 * | bytes         | what                                                       |
 * | ------------- | ---------------------------------------------------------- |
 * | 4 << bits     | u32: the entry of these bits, 0 for a longer code          |
 * | 16 x u16      | the number of codes of each length                         |
 * | n x u16       | the symbols, from the shortest code to the longest         |
 *
 * An entry has, from its lowest bit: the code's length in 4 bits, its kind in 4, the
 * number of bits that follow in 8, and a literal or the base of those bits in 16.
 */

/** Kinds of codes. */
export const BASE: u32 = 1 << 4;
export const LITERAL: u32 = 1 << 5;
export const END: u32 = 1 << 6;
/** No code, or a reserved one. */
export const INVALID: u32 = 1 << 7;

/** Alphabets, by the number of bits that are looked up at once. */
export const OF_LENGTHS: u32 = 7;
export const OF_DISTANCES: u32 = 9;
export const OF_LITERALS: u32 = 11;

/**
 * Builds the table of a code.
 *
 * @param lengths u8 [count]: the length of each symbol's code, 0 for none.
 * @returns Whether the code is valid: neither over-subscribed nor incomplete. As in
 * zlib, an empty code or one of a single bit may be incomplete.
 */
export function buildTable(
  table: usize,
  alphabet: u32,
  lengths: usize,
  count: u32,
): bool {
  const counts = table + (<usize> 4 << alphabet);
  const symbols = counts + 32;
  memory.fill(table, 0, (4 << alphabet) + 32);
  let longest: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const length = <u32> load<u8>(lengths + i);
    longest = max(longest, length);
    const at = counts + (length << 1);
    if (length) store<u16>(at, load<u16>(at) + 1);
  }
  let left: i32 = 1;
  for (let length: u32 = 1; length <= 15; length++) {
    left = (left << 1) - load<u16>(counts + (length << 1));
    if (left < 0) return false;
  }
  if (left > 0 && longest > (alphabet == OF_LENGTHS ? 0 : 1)) return false;

  let code: u32 = 0;
  let index: u32 = 0;
  for (let length: u32 = 1; length <= longest; length++, code <<= 1) {
    if (!load<u16>(counts + (length << 1))) continue;
    for (let symbol: u32 = 0; symbol < count; symbol++) {
      if (load<u8>(lengths + symbol) != length) continue;
      store<u16>(symbols + (index++ << 1), symbol);
      if (length <= alphabet) {
        fillEntries(table, alphabet, code, symbol, length);
      }
      code++;
    }
  }
  return true;
}

/** Writes the entries of all bits that begin with a code, the first bit lowest. */
function fillEntries(
  table: usize,
  alphabet: u32,
  code: u32,
  symbol: u32,
  length: u32,
): void {
  let reversed: u32 = 0;
  for (let bit: u32 = 0; bit < length; bit++) {
    reversed = reversed << 1 | (code >> bit & 1);
  }
  const entry = entryOf(alphabet, symbol, length);
  for (let at = reversed; at < <u32> 1 << alphabet; at += 1 << length) {
    store<u32>(table + (at << 2), entry);
  }
}

/** The entry of the code that the bits begin with; 15 bits must be buffered. */
export function lookUp(table: usize, alphabet: u32, bits: u64): u32 {
  const mask = (1 << alphabet) - 1;
  const entry = load<u32>(table + (<usize> (<u32> bits & mask) << 2));
  return entry ? entry : longEntry(table, alphabet, <u32> bits);
}

/** Finds the entry of a longer code bit by bit. */
function longEntry(table: usize, alphabet: u32, bits: u32): u32 {
  const counts = table + (<usize> 4 << alphabet);
  const symbols = counts + 32;
  let code: i32 = 0;
  let first: i32 = 0;
  let index: i32 = 0;
  for (let length: u32 = 1; length <= 15; length++, bits >>= 1) {
    code = code << 1 | (bits & 1);
    const count: i32 = load<u16>(counts + (length << 1));
    first <<= 1;
    if (code - first < count) {
      const symbol = load<u16>(symbols + ((index + code - first) << 1));
      return entryOf(alphabet, symbol, length);
    }
    index += count;
    first += count;
  }
  return INVALID;
}

function entryOf(alphabet: u32, symbol: u32, length: u32): u32 {
  if (alphabet == OF_LENGTHS) return symbol << 16 | LITERAL | length;
  if (alphabet == OF_DISTANCES) {
    if (symbol > 29) return INVALID;
    if (symbol < 4) return (symbol + 1) << 16 | BASE | length;
    const extra = (symbol >> 1) - 1;
    return ((2 + (symbol & 1)) << extra) + 1 << 16 | extra << 8 | BASE | length;
  }
  if (symbol < 256) return symbol << 16 | LITERAL | length;
  if (symbol == 256) return END | length;
  if (symbol > 285) return INVALID;
  if (symbol == 285) return 258 << 16 | BASE | length;
  if (symbol < 265) return (symbol - 254) << 16 | BASE | length;
  const extra = (symbol - 261) >> 2;
  return ((4 + (symbol - 261 & 3)) << extra) + 3 << 16 | extra << 8 | BASE |
    length;
}
