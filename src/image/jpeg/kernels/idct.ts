/**
 * The inverse cosine transform of a block to 8, 4, 2 or 1 samples per side. Smaller
 * ones use only the lower frequencies, as many as a block of that size has.
 */
import { idct8 } from "./idct8";
import { level } from "./tables";
import { Component } from "./records";

/** Fractional bits of the factors of 4 points. */
const BITS = 13;
const SINE_PI_8 = 4433; // sqrt(2) sin(pi / 8)
const COSINE_PI_8 = 10703; // sqrt(2) cos(pi / 8)

/**
 * Transforms a block to samples, and clears it.
 *
 * @param block i32, `side` x `side`, times its factors.
 * @param hasOthers Whether any coefficient except the first may be nonzero.
 */
export function transform(
  component: Component,
  block: usize,
  row: usize,
  column: usize,
  hasOthers: bool,
): void {
  const side = component.side, stride = component.stride;
  const out = component.samples + (row * side % component.ring) * stride +
    column * side;
  if (!hasOthers) {
    fillSquare(level(load<i32>(block), 3), out, stride, side);
    store<i32>(block, 0);
    return;
  }
  if (side == 8) idct8(block, out, stride);
  else if (side == 4) idct4(block, out, stride);
  else if (side == 2) idct2(block, out, stride);
  else store<u8>(out, level(load<i32>(block), 3));
  const end = block + (side * side << 2);
  for (let at = block; at < end; at += 8) store<u64>(at, 0);
}

function fillSquare(value: u8, out: usize, stride: usize, side: usize): void {
  if (side == 8) {
    const eight = <u64> value * 0x0101010101010101;
    for (let y = 0; y < 8; y++, out += stride) store<u64>(out, eight);
    return;
  }
  for (let y: usize = 0; y < side; y++, out += stride) {
    for (let x: usize = 0; x < side; x++) store<u8>(out + x, value);
  }
}

function idct4(block: usize, out: usize, stride: usize): void {
  for (let at = block; at < block + 16; at += 4) {
    const c0 = load<i32>(at) << BITS, c2 = load<i32>(at, 32) << BITS;
    const c1 = load<i32>(at, 16), c3 = load<i32>(at, 48);
    const odd0 = c1 * COSINE_PI_8 + c3 * SINE_PI_8;
    const odd1 = c1 * SINE_PI_8 - c3 * COSINE_PI_8;
    const half = 1 << (BITS - 3);
    store<i32>(at, (c0 + c2 + odd0 + half) >> (BITS - 2));
    store<i32>(at, (c0 - c2 + odd1 + half) >> (BITS - 2), 16);
    store<i32>(at, (c0 - c2 - odd1 + half) >> (BITS - 2), 32);
    store<i32>(at, (c0 + c2 - odd0 + half) >> (BITS - 2), 48);
  }
  for (let at = block; at < block + 64; at += 16, out += stride) {
    const c0 = load<i32>(at) << BITS, c2 = load<i32>(at, 8) << BITS;
    const c1 = load<i32>(at, 4), c3 = load<i32>(at, 12);
    const odd0 = c1 * COSINE_PI_8 + c3 * SINE_PI_8;
    const odd1 = c1 * SINE_PI_8 - c3 * COSINE_PI_8;
    store<u8>(out, level(c0 + c2 + odd0, BITS + 5));
    store<u8>(out, level(c0 - c2 + odd1, BITS + 5), 1);
    store<u8>(out, level(c0 - c2 - odd1, BITS + 5), 2);
    store<u8>(out, level(c0 + c2 - odd0, BITS + 5), 3);
  }
}

function idct2(block: usize, out: usize, stride: usize): void {
  const top = load<i32>(block) + load<i32>(block, 8);
  const bottom = load<i32>(block) - load<i32>(block, 8);
  const topOdd = load<i32>(block, 4) + load<i32>(block, 12);
  const bottomOdd = load<i32>(block, 4) - load<i32>(block, 12);
  store<u8>(out, level(top + topOdd, 3));
  store<u8>(out, level(top - topOdd, 3), 1);
  store<u8>(out + stride, level(bottom + bottomOdd, 3));
  store<u8>(out + stride, level(bottom - bottomOdd, 3), 1);
}
