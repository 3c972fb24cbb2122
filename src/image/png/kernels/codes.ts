/** The codes of a block: RFC 1951, 3.2.5 to 3.2.7. */
import { AHEAD_BYTES, bits, refill, take } from "./bits";
import {
  buildTable,
  INVALID,
  lookUp,
  OF_DISTANCES,
  OF_LENGTHS,
  OF_LITERALS,
} from "./huffman";
import { DISTANCES, LENGTHS, LITERALS } from "./memory";

/** Upper bound of a description of codes, 4537 bits, and two refills. */
export const DESCRIPTION_BYTES: usize = 568 + AHEAD_BYTES;

/** Builds the codes that need no description. */
export function buildFixed(): bool {
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  if (!buildTable(LITERALS, OF_LITERALS, LENGTHS, 288)) return false;
  memory.fill(LENGTHS, 5, 32);
  return buildTable(DISTANCES, OF_DISTANCES, LENGTHS, 32);
}

/** Reads the description of a block's codes, and builds them. */
export function readDescription(): bool {
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const lengths = take(4) + 4;
  if (literals > 286 || distances > 30) return false;
  memory.fill(LENGTHS, 0, 19);
  for (let i: u32 = 0; i < lengths; i++) {
    refill();
    store<u8>(LENGTHS + placeOf(i), take(3));
  }
  if (!buildTable(DISTANCES, OF_LENGTHS, LENGTHS, 19)) return false;
  const all = literals + distances;
  let last: u8 = 0;
  for (let i: u32 = 0; i < all;) {
    refill();
    const entry = lookUp(DISTANCES, OF_LENGTHS, bits);
    if (entry & INVALID) return false;
    take(entry & 15);
    const symbol = entry >> 16;
    let times: u32 = 1;
    if (symbol < 16) last = <u8> symbol;
    else if (symbol == 16) {
      if (i == 0) return false;
      times = 3 + take(2);
    } else {
      last = 0;
      times = symbol == 17 ? 3 + take(3) : 11 + take(7);
    }
    if (i + times > all) return false;
    memory.fill(LENGTHS + i, last, times);
    i += times;
  }
  // Without a code for its end, the block is invalid.
  if (load<u8>(LENGTHS, 256) == 0) return false;
  return buildTable(LITERALS, OF_LITERALS, LENGTHS, literals) &&
    buildTable(DISTANCES, OF_DISTANCES, LENGTHS + literals, distances);
}

/** The symbol whose length is the `i`th: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 ... */
function placeOf(i: u32): u32 {
  if (i < 3) return 16 + i;
  if (i == 3) return 0;
  const half = i >> 1;
  return i & 1 ? 9 - half : 6 + half;
}
