/**
 * The microkernel without relaxed SIMD: 8 output channels of many pixels, 4 pixels at a
 * time. It is exact for all codes of 0..255 on every machine. Where relaxed SIMD is
 * exact in 7 bits only, the first layer, which reads the image's bytes, runs on it.
 *
 * Bytes are widened to i16 first: activations once for all panels of a task, weights
 * once for all of its pixels. One instruction multiplies and adds pairs. The even bytes
 * of four are a pair, and so are the odd ones: masks and shifts separate them.
 *
 *     bytes     0 1 2 3
 *     pairs     0 2, 1 3
 *     tile      K / 2 pairs x 4 pixels x 2 activations
 *     weights   K / 2 pairs x 8 channels x 2 weights
 *
 *               w0: channels 0..3   w1: channels 4..7
 *     pixel a   a0                  a1
 *     ...
 *     pixel d   d0                  d1
 *
 * An iteration has three pairs, as the end of a loop costs as much as two loads. Each
 * may leave the loop, which keeps Binaryen from merging it with the next: otherwise
 * registers would spill.
 */
import { packCodes, requantize } from "./requantize";
import { Convolution, RESCALE_BYTES } from "./step";
import { storeTwo } from "./store_bytes";

/** Pixels of a tile. */
export const PLAIN_PIXELS: usize = 4;

/** Widens the windows of `table`, a multiple of 4 pixels, into `tile`. */
export function widenTiles(
  step: Convolution,
  table: usize,
  tableEnd: usize,
  tile: usize,
): void {
  const run = step.run;
  const nextRow = step.inputRow - run;
  for (; table < tableEnd; table += 32) {
    let pa: usize = load<u32>(table, 0), pb: usize = load<u32>(table, 8);
    let pc: usize = load<u32>(table, 16), pd: usize = load<u32>(table, 24);
    for (let row = step.kernelRows; row > 0; row--) {
      for (const rowEnd = tile + run * 8; tile < rowEnd; tile += 32) {
        let bytes = v128.load32_zero(pa);
        bytes = v128.load32_lane(pb, bytes, 1);
        bytes = v128.load32_lane(pc, bytes, 2);
        bytes = v128.load32_lane(pd, bytes, 3);
        v128.store(tile, v128.and(bytes, i16x8.splat(255)));
        v128.store(tile, i16x8.shr_u(bytes, 8), 16);
        pa += 4, pb += 4, pc += 4, pd += 4;
      }
      pa += nextRow, pb += nextRow, pc += nextRow, pd += nextRow;
    }
  }
}

/** Widens the weights of the panel `panel` into `wide`. */
export function widenWeights(
  step: Convolution,
  panel: usize,
  wide: usize,
): void {
  const bytes = step.kernelRows * step.run * 8;
  let w = step.weights + panel * bytes;
  for (const end = w + bytes; w < end; w += 32, wide += 64) {
    const w0 = v128.load(w), w1 = v128.load(w, 16);
    v128.store(wide, i16x8.shr_s(i16x8.shl(w0, 8), 8));
    v128.store(wide, i16x8.shr_s(i16x8.shl(w1, 8), 8), 16);
    v128.store(wide, i16x8.shr_s(w0, 8), 32);
    v128.store(wide, i16x8.shr_s(w1, 8), 48);
  }
}

/**
 * Computes the panel `panel` of the pixels of `table`, a multiple of 4, from widened
 * activations and weights.
 */
export function panelPlain(
  step: Convolution,
  panel: usize,
  table: usize,
  tableEnd: usize,
  tile: usize,
  weights: usize,
): void {
  const tileBytes = step.kernelRows * step.run * 8;
  const rescale = step.rescale + panel * RESCALE_BYTES;
  const channel = panel * 8;
  const channels = panel + 1 == step.panels ? step.lastChannels : 8;
  for (; table < tableEnd; table += 32) {
    let a0 = i32x4.splat(0), a1 = a0, b0 = a0, b1 = a0;
    let c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    let w0: v128, w1: v128, x: v128;
    let w = weights;
    const end = tile + tileBytes;
    while (true) {
      w0 = v128.load(w), w1 = v128.load(w, 16);
      x = v128.load32_splat(tile);
      a0 = multiplyAdd(w0, x, a0), a1 = multiplyAdd(w1, x, a1);
      x = v128.load32_splat(tile, 4);
      b0 = multiplyAdd(w0, x, b0), b1 = multiplyAdd(w1, x, b1);
      x = v128.load32_splat(tile, 8);
      c0 = multiplyAdd(w0, x, c0), c1 = multiplyAdd(w1, x, c1);
      x = v128.load32_splat(tile, 12);
      d0 = multiplyAdd(w0, x, d0), d1 = multiplyAdd(w1, x, d1);
      w += 32, tile += 16;
      if (tile == end) break;
      w0 = v128.load(w), w1 = v128.load(w, 16);
      x = v128.load32_splat(tile);
      a0 = multiplyAdd(w0, x, a0), a1 = multiplyAdd(w1, x, a1);
      x = v128.load32_splat(tile, 4);
      b0 = multiplyAdd(w0, x, b0), b1 = multiplyAdd(w1, x, b1);
      x = v128.load32_splat(tile, 8);
      c0 = multiplyAdd(w0, x, c0), c1 = multiplyAdd(w1, x, c1);
      x = v128.load32_splat(tile, 12);
      d0 = multiplyAdd(w0, x, d0), d1 = multiplyAdd(w1, x, d1);
      w += 32, tile += 16;
      if (tile == end) break;
      w0 = v128.load(w), w1 = v128.load(w, 16);
      x = v128.load32_splat(tile);
      a0 = multiplyAdd(w0, x, a0), a1 = multiplyAdd(w1, x, a1);
      x = v128.load32_splat(tile, 4);
      b0 = multiplyAdd(w0, x, b0), b1 = multiplyAdd(w1, x, b1);
      x = v128.load32_splat(tile, 8);
      c0 = multiplyAdd(w0, x, c0), c1 = multiplyAdd(w1, x, c1);
      x = v128.load32_splat(tile, 12);
      d0 = multiplyAdd(w0, x, d0), d1 = multiplyAdd(w1, x, d1);
      w += 32, tile += 16;
      if (tile == end) break;
    }
    const m0 = v128.load(rescale, 0), m1 = v128.load(rescale, 16);
    const o0 = v128.load(rescale, 32), o1 = v128.load(rescale, 48);
    const qmax = f32x4.splat(<f32> step.qmax), signMask = i32x4.splat(step.signMask);
    a0 = requantize(a0, m0, o0, qmax), a1 = requantize(a1, m1, o1, qmax);
    b0 = requantize(b0, m0, o0, qmax), b1 = requantize(b1, m1, o1, qmax);
    const ab = v128.xor(packCodes(a0, a1, b0, b1), signMask);
    c0 = requantize(c0, m0, o0, qmax), c1 = requantize(c1, m1, o1, qmax);
    d0 = requantize(d0, m0, o0, qmax), d1 = requantize(d1, m1, o1, qmax);
    const cd = v128.xor(packCodes(c0, c1, d0, d1), signMask);
    storeTwo(table, channel, ab, channels);
    storeTwo(table + 16, channel, cd, channels);
  }
}

/** `sums + w . x`: for each of 4 output channels 2 weights, 2 activations. */
// @ts-ignore: decorator
@inline
function multiplyAdd(w: v128, x: v128, sums: v128): v128 {
  return i32x4.add(sums, i32x4.dot_i16x8_s(w, x));
}
