import { extend, fill } from "./bits";
import {
  HAS_VALUE,
  LENGTH,
  lookUp,
  SYMBOL_SHIFT,
  VALUE_SHIFT,
} from "./huffman";
import { Component, Scan } from "./records";

/**
 * Decodes all coefficients of a block, times their factors. T.81, F.2.2.
 *
 * @param block i32 [65]: zeros.
 * @param factors i32 [80], in zigzag order: a damaged run goes that far.
 * @returns Whether any coefficient except the first may be nonzero.
 */
export function decodeBlock(
  scan: Scan,
  component: Component,
  block: usize,
  factors: usize,
): bool {
  const places = component.places;
  const table = component.acTable;
  if (scan.count < 32) fill(scan);
  let bits = scan.bits;
  let count = scan.count;

  let entry = lookUp(component.dcTable, bits);
  bits <<= entry & LENGTH;
  count -= entry & LENGTH;
  let difference = entry >> VALUE_SHIFT;
  let size = entry >> SYMBOL_SHIFT & 15;
  if (!(entry & HAS_VALUE) && size) {
    difference = extend(<i32> (bits >> (64 - size)), size);
    bits <<= size;
    count -= size;
  }
  const prediction = component.prediction + difference;
  component.prediction = prediction;
  store<i32>(block, prediction * load<i32>(factors));

  let k: i32 = 1;
  while (k < 64) {
    if (count < 32) {
      scan.bits = bits;
      scan.count = count;
      fill(scan);
      bits = scan.bits;
      count = scan.count;
    }
    entry = lookUp(table, bits);
    bits <<= entry & LENGTH;
    count -= entry & LENGTH;
    const run = entry >> (SYMBOL_SHIFT + 4) & 15;
    let value = entry >> VALUE_SHIFT;
    if (!(entry & HAS_VALUE)) {
      size = entry >> SYMBOL_SHIFT & 15;
      if (size == 0) {
        if (run != 15) break;
        k += 16;
        continue;
      }
      value = extend(<i32> (bits >> (64 - size)), size);
      bits <<= size;
      count -= size;
    }
    k += run;
    const place = <usize> load<u8>(places + k) << 2;
    store<i32>(block + place, value * load<i32>(factors + (k << 2)));
    k++;
  }
  scan.bits = bits;
  scan.count = count;
  return k > 1;
}
