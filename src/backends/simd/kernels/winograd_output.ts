/**
 * The output's transform, `A^T m A`, and codes of its sums.
 */
import { packCodes, requantize } from "./requantize";
import { Convolution, RESCALE_BYTES } from "./step";
import { storeBytes } from "./store_bytes";

/** The inverse of 9, modulo 2^32. */
const NINTH: i32 = 954437177;

/**
 * Turns the products of 4 tiles and the panel `panel` into codes, and stores them at the
 * addresses in the table.
 *
 * @param work 768 bytes.
 */
export function storeTiles(
  step: Convolution,
  panel: usize,
  table: usize,
  products: usize,
  work: usize,
): void {
  const channels = panel + 1 == step.panels ? step.lastChannels : 8;
  for (const end = products + 128; products < end; products += 32) {
    addColumns(products, work);
    addColumns(products + 16, work + 384);
    const output: usize = load<u32>(table, 4) + <u32> panel * 8;
    storeRows(step, panel, work, output, channels);
    table += 8;
  }
}

/** 4 channels of a tile: 6 x 6 products become 4 x 6 sums. */
function addColumns(products: usize, work: usize): void {
  for (const end = work + 96; work < end; work += 16) {
    const m1 = v128.load(products, 768), m2 = v128.load(products, 2 * 768);
    const m3 = v128.load(products, 3 * 768), m4 = v128.load(products, 4 * 768);
    const plus12 = i32x4.add(m1, m2), minus12 = i32x4.sub(m1, m2);
    const plus34 = i32x4.add(m3, m4), minus34 = i32x4.sub(m3, m4);
    const m0 = v128.load(products), m5 = v128.load(products, 5 * 768);
    v128.store(work, first(m0, plus12, plus34));
    v128.store(work, second(minus12, minus34), 96);
    v128.store(work, third(plus12, plus34), 192);
    v128.store(work, fourth(minus12, minus34, m5), 288);
    products += 128;
  }
}

/** 8 channels of a tile: sums of 4 x 6 become 4 x 4 pixels. */
function storeRows(
  step: Convolution,
  panel: usize,
  work: usize,
  output: usize,
  channels: usize,
): void {
  const rescale = step.rescale + panel * RESCALE_BYTES;
  const m0 = v128.load(rescale, 0), m1 = v128.load(rescale, 16);
  const o0 = v128.load(rescale, 32), o1 = v128.load(rescale, 48);
  const qmax = f32x4.splat(<f32> step.qmax), signMask = i32x4.splat(step.signMask);
  const pixelBytes = step.outputStepX;
  for (const end = work + 384; work < end; work += 96) {
    const w1 = v128.load(work, 16), w2 = v128.load(work, 32);
    const w3 = v128.load(work, 48), w4 = v128.load(work, 64);
    const x1 = v128.load(work, 400), x2 = v128.load(work, 416);
    const x3 = v128.load(work, 432), x4 = v128.load(work, 448);
    const wPlus12 = i32x4.add(w1, w2), wMinus12 = i32x4.sub(w1, w2);
    const wPlus34 = i32x4.add(w3, w4), wMinus34 = i32x4.sub(w3, w4);
    const xPlus12 = i32x4.add(x1, x2), xMinus12 = i32x4.sub(x1, x2);
    const xPlus34 = i32x4.add(x3, x4), xMinus34 = i32x4.sub(x3, x4);
    const w0 = v128.load(work), x0 = v128.load(work, 384);
    const ab = packCodes(
      rescaleSums(first(w0, wPlus12, wPlus34), NINTH, 6, m0, o0, qmax),
      rescaleSums(first(x0, xPlus12, xPlus34), NINTH, 6, m1, o1, qmax),
      rescaleSums(second(wMinus12, wMinus34), NINTH, 6, m0, o0, qmax),
      rescaleSums(second(xMinus12, xMinus34), NINTH, 6, m1, o1, qmax),
    );
    storePixels(output, pixelBytes, v128.xor(ab, signMask), channels);
    const w5 = v128.load(work, 80), x5 = v128.load(work, 464);
    const cd = packCodes(
      rescaleSums(third(wPlus12, wPlus34), NINTH, 6, m0, o0, qmax),
      rescaleSums(third(xPlus12, xPlus34), NINTH, 6, m1, o1, qmax),
      rescaleSums(fourth(wMinus12, wMinus34, w5), NINTH, 6, m0, o0, qmax),
      rescaleSums(fourth(xMinus12, xMinus34, x5), NINTH, 6, m1, o1, qmax),
    );
    const next = output + 2 * pixelBytes;
    storePixels(next, pixelBytes, v128.xor(cd, signMask), channels);
    output += step.outputStepY;
  }
}

/**
 * Codes of sums that are times `2^shift` and times an odd number, modulo 2^32.
 *
 * @param inverse The odd number's.
 */
// @ts-ignore: decorator
@inline
export function rescaleSums(
  sums: v128,
  inverse: i32,
  shift: i32,
  multipliers: v128,
  offsets: v128,
  qmax: v128,
): v128 {
  const even = i32x4.mul(sums, i32x4.splat(inverse));
  return requantize(i32x4.shr_s(even, shift), multipliers, offsets, qmax);
}

/** The codes of two pixels, in the halves of a vector. */
// @ts-ignore: decorator
@inline
export function storePixels(
  output: usize,
  pixelBytes: usize,
  codes: v128,
  channels: usize,
): void {
  if (channels == 8) {
    v128.store64_lane(output, codes, 0);
    v128.store64_lane(output + pixelBytes, codes, 1);
  } else {
    storeBytes(output, v128.extract_lane<u64>(codes, 0), channels);
    storeBytes(output + pixelBytes, v128.extract_lane<u64>(codes, 1), channels);
  }
}

// `A^T m`, with the factors that `winograd_weights.ts` leaves:
//
//     1 -1 -1  1  1  0
//     0 -1  1  2 -2  0
//     0 -1 -1  4  4  0
//     0 -1  1  8 -8  2

// @ts-ignore: decorator
@inline
export function first(m0: v128, plus12: v128, plus34: v128): v128 {
  return i32x4.add(i32x4.sub(m0, plus12), plus34);
}

// @ts-ignore: decorator
@inline
export function second(minus12: v128, minus34: v128): v128 {
  return i32x4.sub(i32x4.add(minus34, minus34), minus12);
}

// @ts-ignore: decorator
@inline
export function third(plus12: v128, plus34: v128): v128 {
  return i32x4.sub(i32x4.shl(plus34, 2), plus12);
}

// @ts-ignore: decorator
@inline
function fourth(minus12: v128, minus34: v128, m5: v128): v128 {
  const sum = i32x4.add(i32x4.shl(minus34, 2), m5);
  return i32x4.sub(i32x4.add(sum, sum), minus12);
}
