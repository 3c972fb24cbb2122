/**
 * Blocks that are stored until all scans are decoded:
 *
 * | bytes              | what                                               |
 * | ------------------ | -------------------------------------------------- |
 * | u64                | which coefficients aren't 0, in zigzag order       |
 * | side x side x i16  | those that the scale needs, in rows                |
 *
 * Refining scans need to know which coefficients aren't 0, but not their values.
 */
import { transform } from "./idct";
import { Component, componentOf, Frame, NOWHERE } from "./records";

/** Bytes of the bit map; the values follow. */
export const MAP_BYTES: usize = 8;

// @ts-ignore: decorator
@inline
export function blockAt(component: Component, row: usize, column: usize): usize {
  return component.blocks +
    (row * component.blocksAcross + column) * component.blockBytes;
}

/** Stores a coefficient that was 0. */
export function setCoefficient(
  component: Component,
  block: usize,
  k: i32,
  value: i32,
): void {
  store<u64>(block, load<u64>(block) | <u64> 1 << k);
  const place = <usize> load<u8>(component.places + k);
  if (place != NOWHERE) store<i16>(block + (place << 1), value, MAP_BYTES);
}

/** Adds a bit to the magnitude of a coefficient that isn't 0. */
export function correct(
  component: Component,
  block: usize,
  k: i32,
  shift: i32,
): void {
  const place = <usize> load<u8>(component.places + k);
  if (place == NOWHERE) return;
  const at = block + (place << 1);
  const value = <i32> load<i16>(at, MAP_BYTES);
  const bit = 1 << shift;
  store<i16>(at, value < 0 ? value - bit : value + bit, MAP_BYTES);
}

/** Stores a decoded block, and clears it. */
export function storeBlock(
  component: Component,
  decoded: usize,
  block: usize,
): void {
  let map: u64 = 0;
  for (let k: usize = 0; k < 64; k++) {
    const place = <usize> load<u8>(component.places + k);
    if (place == NOWHERE) continue;
    const value = load<i32>(decoded + (place << 2));
    if (value) map |= <u64> 1 << k;
    store<i16>(block + (place << 1), value, MAP_BYTES);
    store<i32>(decoded + (place << 2), 0);
  }
  store<u64>(block, map);
}

/** Transforms a row of MCUs of stored blocks to samples. */
export function reconstructRow(frame: Frame, row: usize): void {
  for (let index: usize = 0; index < frame.components; index++) {
    const component = componentOf<Frame>(frame, index);
    const first = frame.firstColumn * component.h;
    const end = frame.endColumn * component.h;
    for (let y: usize = 0; y < component.v; y++) {
      const blockRow = row * component.v + y;
      for (let column = first; column < end; column++) {
        const block = blockAt(component, blockRow, column);
        const hasOthers = expand(component, block, frame.block);
        transform(component, frame.block, blockRow, column, hasOthers);
      }
    }
  }
}

/**
 * Multiplies a stored block by the factors, as `decodeBlock` does.
 *
 * @returns Whether any coefficient except the first isn't 0.
 */
function expand(component: Component, block: usize, out: usize): bool {
  let others = false;
  for (let rest = load<u64>(block); rest; rest &= rest - 1) {
    const k = <usize> ctz(rest);
    const place = <usize> load<u8>(component.places + k);
    if (place == NOWHERE) continue;
    others = others || k > 0;
    const value = <i32> load<i16>(block + (place << 1), MAP_BYTES);
    const factor = load<i32>(component.factors + (k << 2));
    store<i32>(out + (place << 2), value * factor);
  }
  return others;
}
