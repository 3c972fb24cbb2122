/**
 * A Huffman table in memory:
 *
 * | bytes          | what                                                    |
 * | -------------- | ------------------------------------------------------- |
 * | 512 x i32      | the entry of each 9 bits, 0 for a longer code           |
 * | 18 x u32       | for each length, the end of its codes as 16 bits        |
 * | 18 x i32       | for each length, what makes a code a symbol's index     |
 * | 256 x u8       | the symbols, from the shortest code to the longest      |
 *
 * The upper half of a symbol is a run of zeros, the lower half the number of bits that
 * follow. If these also fit into the 9 bits, the entry contains the value.
 */
import { extend } from "./bits";

const LOOKAHEAD = 9;

/** An entry's fields: length in bits, whether it has the value, symbol, value. */
export const LENGTH = 31;
export const HAS_VALUE = 128;
export const SYMBOL_SHIFT = 8;
export const VALUE_SHIFT = 16;

const LIMITS: usize = 4 << LOOKAHEAD;
const OFFSETS: usize = LIMITS + 18 * 4;
const SYMBOLS: usize = OFFSETS + 18 * 4;
/** The bytes of a table. */
export const HUFFMAN_BYTES: usize = SYMBOLS + 256;

/**
 * Builds the table of a code that isn't over-subscribed.
 *
 * @param definition A DHT segment's 16 counts and up to 256 symbols.
 */
export function buildTable(table: usize, definition: usize): void {
  memory.fill(table, 0, LIMITS);
  let code: u32 = 0;
  let index: i32 = 0;
  for (let length: u32 = 1; length <= 16; length++) {
    const count = load<u8>(definition + length - 1);
    store<i32>(table + OFFSETS + (length << 2), index - code);
    for (let i: u32 = 0; i < count; i++, index++, code++) {
      const symbol = load<u8>(definition + index, 16);
      store<u8>(table + SYMBOLS + index, symbol);
      if (length > <u32> LOOKAHEAD) continue;
      const free = <u32> LOOKAHEAD - length;
      for (let rest: u32 = 0; rest < <u32> 1 << free; rest++) {
        const entry = entryOf(symbol, length, rest, free);
        store<u32>(table + ((code << free | rest) << 2), entry);
      }
    }
    store<u32>(table + LIMITS + (length << 2), code << (16 - length));
    code <<= 1;
  }
  store<u32>(table + LIMITS, -1, 17 * 4); // Longer than any.
}

function entryOf(symbol: u32, length: u32, rest: u32, free: u32): u32 {
  const size = symbol & 15;
  if (size == 0 || size > free) return symbol << SYMBOL_SHIFT | length;
  const value = extend(rest >> (free - size), size);
  return value << VALUE_SHIFT | symbol << SYMBOL_SHIFT | HAS_VALUE |
    (length + size);
}

/** The entry of the code that the bits begin with; 16 bits must be buffered. */
// @ts-ignore: decorator
@inline
export function lookUp(table: usize, bits: u64): i32 {
  const entry = load<i32>(table + (<usize> (bits >> (64 - LOOKAHEAD)) << 2));
  return entry ? entry : longEntry(table, bits);
}

/** The entry of a code of more than 9 bits; the symbol is 0 for an unknown code. */
function longEntry(table: usize, bits: u64): i32 {
  const code = <u32> (bits >> 48);
  let length: u32 = LOOKAHEAD + 1;
  while (code >= load<u32>(table + LIMITS + (length << 2))) length++;
  if (length > 16) return 16;
  const offset = load<i32>(table + OFFSETS + (length << 2));
  const at = table + SYMBOLS + (code >> (16 - length)) + offset;
  return <i32> load<u8>(at) << SYMBOL_SHIFT | length;
}
