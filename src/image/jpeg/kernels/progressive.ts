/**
 * The four kinds of scans of a progressive image, each a block at a time.
 * T.81, annex G.
 */
import { extend, takeBits } from "./bits";
import { correct, hasCoefficient, setCoefficient } from "./coefficients";
import { takeSymbol } from "./huffman";
import { Component, Scan } from "./records";

/** The upper bits of the DC coefficient. */
export function firstDc(scan: Scan, component: Component, block: usize): void {
  const size: i32 = takeSymbol(scan, component.dcTable) & 15;
  if (size) component.prediction += extend(takeBits(scan, size), size);
  setCoefficient(component, block, 0, component.prediction << scan.shift);
}

/** One more bit of the DC coefficient. */
export function refineDc(scan: Scan, component: Component, block: usize): void {
  const bit = takeBits(scan, 1) << scan.shift;
  // Also of negative ones: they are in two's complement.
  store<i16>(block, load<i16>(block, 8) | bit, 8);
}

/** The upper bits of a band of AC coefficients. */
export function firstAc(scan: Scan, component: Component, block: usize): void {
  if (scan.endOfBandRun) {
    scan.endOfBandRun--;
    return;
  }
  for (let k = scan.firstCoefficient; k <= scan.lastCoefficient; k++) {
    const symbol = takeSymbol(scan, component.acTable);
    const run: i32 = symbol >> 4;
    const size: i32 = symbol & 15;
    if (size) {
      const value = extend(takeBits(scan, size), size);
      k += run;
      if (k > 63) return;
      setCoefficient(component, block, k, value << scan.shift);
    } else if (run == 15) {
      k += 15;
    } else {
      scan.endOfBandRun = (1 << run) + takeBits(scan, run) - 1;
      return;
    }
  }
}

/** One more bit of a band of AC coefficients, of those that are new too. */
export function refineAc(scan: Scan, component: Component, block: usize): void {
  let k = scan.firstCoefficient;
  const last = scan.lastCoefficient;
  if (scan.endOfBandRun == 0) {
    for (; k <= last; k++) {
      const symbol = takeSymbol(scan, component.acTable);
      let zeros: i32 = symbol >> 4;
      let value = 0;
      if (symbol & 15) {
        value = (takeBits(scan, 1) ? 1 : -1) << scan.shift;
      } else if (zeros < 15) {
        scan.endOfBandRun = (1 << zeros) + takeBits(scan, zeros);
        break;
      }
      for (; k <= last; k++) {
        if (hasCoefficient(block, k)) {
          if (takeBits(scan, 1)) correct(component, block, k, scan.shift);
        } else if (--zeros < 0) break;
      }
      if (value && k <= last) setCoefficient(component, block, k, value);
    }
  }
  if (scan.endOfBandRun == 0) return;
  scan.endOfBandRun--;
  // Most blocks have none: look for them in the map, not one by one.
  let rest = load<u64>(block) >> k << k;
  if (last < 63) rest &= (<u64> 1 << (last + 1)) - 1;
  if (k > last) return;
  for (; rest; rest &= rest - 1) {
    if (takeBits(scan, 1)) correct(component, block, <i32> ctz(rest), scan.shift);
  }
}
