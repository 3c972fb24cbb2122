/** The four kinds of progressive scans, a block at a time: T.81, annex G. */
import { extend, fill } from "./bits";
import { correct, setCoefficient } from "./coefficients";
import {
  HAS_VALUE,
  LENGTH,
  lookUp,
  SYMBOL_SHIFT,
  VALUE_SHIFT,
} from "./huffman";
import { Component, neededBits, Scan } from "./records";

/** The upper bits of the DC coefficient. */
export function firstDc(scan: Scan, component: Component, block: usize): void {
  if (scan.count < 32) fill(scan);
  const entry = lookUp(component.dcTable, scan.bits);
  skip(scan, entry & LENGTH);
  const size = entry >> SYMBOL_SHIFT & 15;
  if (entry & HAS_VALUE) component.prediction += entry >> VALUE_SHIFT;
  else if (size) {
    component.prediction += extend(<i32> (scan.bits >> (64 - size)), size);
    skip(scan, size);
  }
  setCoefficient(component, block, 0, component.prediction << scan.shift);
}

/** One more bit of the DC coefficient. */
export function refineDc(scan: Scan, block: usize): void {
  if (scan.count == 0) fill(scan);
  const bit = <i32> (scan.bits >> 63) << scan.shift;
  skip(scan, 1);
  // This also works for negative values, which are in two's complement.
  store<i16>(block, load<i16>(block, 8) | bit, 8);
}

// @ts-ignore: decorator
@inline
function skip(scan: Scan, size: i32): void {
  scan.bits <<= size;
  scan.count -= size;
}

/** The upper bits of a band of AC coefficients. */
export function firstAc(scan: Scan, component: Component, block: usize): void {
  if (scan.endOfBandRun) {
    scan.endOfBandRun--;
    return;
  }
  let bits = scan.bits;
  let count = scan.count;
  for (let k = scan.firstCoefficient; k <= scan.lastCoefficient; k++) {
    if (count < 32) {
      scan.bits = bits;
      scan.count = count;
      fill(scan);
      bits = scan.bits;
      count = scan.count;
    }
    const entry = lookUp(component.acTable, bits);
    bits <<= entry & LENGTH;
    count -= entry & LENGTH;
    const run = entry >> (SYMBOL_SHIFT + 4) & 15;
    let value = entry >> VALUE_SHIFT;
    if (!(entry & HAS_VALUE)) {
      const size = entry >> SYMBOL_SHIFT & 15;
      if (size == 0) {
        if (run == 15) {
          k += 15;
          continue;
        }
        scan.endOfBandRun = runLength(run, bits) - 1;
        bits <<= run;
        count -= run;
        break;
      }
      value = extend(<i32> (bits >> (64 - size)), size);
      bits <<= size;
      count -= size;
    }
    k += run;
    if (k > 63) break;
    setCoefficient(component, block, k, value << scan.shift);
  }
  scan.bits = bits;
  scan.count = count;
}

/** The length of an end-of-band run, read from `size` bits. */
// @ts-ignore: decorator
@inline
function runLength(size: i32, bits: u64): i32 {
  return 1 << size | (size ? <i32> (bits >> (64 - size)) : 0);
}

/** One more bit of a band of AC coefficients, and new ones. */
export function refineAc(scan: Scan, component: Component, block: usize): void {
  const last = scan.lastCoefficient;
  const shift = scan.shift;
  const known = load<u64>(block);
  const needed = neededBits(component);
  let bits = scan.bits;
  let count = scan.count;
  for (let k = scan.firstCoefficient; k <= last; k++) {
    if (count < 32) {
      scan.bits = bits;
      scan.count = count;
      fill(scan);
      bits = scan.bits;
      count = scan.count;
    }
    // The place of a new one, after a number of zeros; each coefficient between that
    // isn't 0 has a bit.
    let end = last + 1;
    let value = 0;
    if (scan.endOfBandRun == 0) {
      const entry = lookUp(component.acTable, bits);
      bits <<= entry & LENGTH;
      count -= entry & LENGTH;
      const zeros = entry >> (SYMBOL_SHIFT + 4) & 15;
      if (entry & HAS_VALUE) value = entry >> VALUE_SHIFT;
      else if (entry >> SYMBOL_SHIFT & 15) {
        value = (bits >> 63) ? 1 : -1;
        bits <<= 1;
        count--;
      }
      if (value || zeros == 15) end = min(zeroAfter(known, k, zeros), end);
      else {
        scan.endOfBandRun = runLength(zeros, bits);
        bits <<= zeros;
        count -= zeros;
      }
    }

    let rest = end < 64 ? known & ((<u64> 1 << end) - 1) : known;
    rest = rest >> k << k;
    let unread = <i32> popcnt(rest);
    const isNeeded = (rest & needed) != 0;
    while (unread > 0) {
      if (count == 0) {
        scan.bits = bits;
        scan.count = count;
        fill(scan);
        bits = scan.bits;
        count = scan.count;
      }
      // For unneeded coefficients only their number matters.
      const taken = isNeeded ? 1 : min(unread, min(count, 63));
      if (isNeeded) {
        if (bits >> 63) correct(component, block, <i32> ctz(rest), shift);
        rest &= rest - 1;
      }
      bits <<= taken;
      count -= taken;
      unread -= taken;
    }
    if (value && end <= last) {
      setCoefficient(component, block, end, value << shift);
    }
    k = end;
  }
  if (scan.endOfBandRun) scan.endOfBandRun--;
  scan.bits = bits;
  scan.count = count;
}

/** The first 0 from `k` on that has `zeros` others before it; 64 for none. */
// @ts-ignore: decorator
@inline
function zeroAfter(known: u64, k: i32, zeros: i32): i32 {
  let free = ~known >> k << k;
  for (; zeros; zeros--) free &= free - 1;
  return <i32> ctz(free);
}
