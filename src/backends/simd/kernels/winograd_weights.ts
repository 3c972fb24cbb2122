/**
 * The weights' transform, `G w G^T`: values of -127..127 become values of -18288..18288.
 */
import { Convolution } from "./step";

/**
 * Transforms the weights of the panel `panel` into `target`.
 *
 * @param work 576 bytes.
 */
export function widenPanel(
  step: Convolution,
  panel: usize,
  target: usize,
  work: usize,
): void {
  const pixelBytes = step.run / 3 * 8;
  const pointBytes = pixelBytes * 2;
  let w = step.weights + panel * pixelBytes * 9;
  for (const end = w + pixelBytes; w < end; w += 32) {
    widenWeights(w, pixelBytes, target, pointBytes, work);
    widenWeights(w + 16, pixelBytes, target + 16, pointBytes, work);
    target += 64;
  }
}

/** The weights of 4 output channels and 4 input channels, which are 2 pairs. */
function widenWeights(
  w: usize,
  pixelBytes: usize,
  target: usize,
  pointBytes: usize,
  work: usize,
): void {
  const rowBytes = pixelBytes * 3;
  for (let at = work; at < work + 576; at += 192) {
    const w0 = v128.load(w), w1 = v128.load(w + rowBytes);
    const w2 = v128.load(w + rowBytes * 2);
    storeSix(evenBytes(w0), evenBytes(w1), evenBytes(w2), at, 16);
    storeSix(oddBytes(w0), oddBytes(w1), oddBytes(w2), at + 96, 16);
    w += pixelBytes;
  }
  for (const end = work + 96; work < end; work += 16) {
    storeSix(
      v128.load(work),
      v128.load(work, 192),
      v128.load(work, 384),
      target,
      pointBytes,
    );
    storeSix(
      v128.load(work, 96),
      v128.load(work, 288),
      v128.load(work, 480),
      target + 32,
      pointBytes,
    );
    target += 6 * pointBytes;
  }
}

// @ts-ignore: decorator
@inline
export function evenBytes(w: v128): v128 {
  return i16x8.shr_s(i16x8.shl(w, 8), 8);
}

// @ts-ignore: decorator
@inline
export function oddBytes(w: v128): v128 {
  return i16x8.shr_s(w, 8);
}

/**
 * Stores `G w`, where the rows that are divided by 4, -6 and 24 elsewhere are times 24:
 *
 *      6  0  0
 *      4  4  4
 *      4 -4  4
 *      1  2  4
 *      1 -2  4
 *      0  0 12
 *
 * The second and the third have the other sign, and half of the last row's 24 is left
 * to the output.
 */
// @ts-ignore: decorator
@inline
function storeSix(
  w0: v128,
  w1: v128,
  w2: v128,
  target: usize,
  stride: usize,
): void {
  v128.store(target, i16x8.mul(w0, i16x8.splat(6)));
  const outer = i16x8.shl(i16x8.add(w0, w2), 2), inner = i16x8.shl(w1, 2);
  v128.store(target + stride, i16x8.add(outer, inner));
  v128.store(target + stride * 2, i16x8.sub(outer, inner));
  const even = i16x8.add(w0, i16x8.shl(w2, 2)), odd = i16x8.add(w1, w1);
  v128.store(target + stride * 3, i16x8.add(even, odd));
  v128.store(target + stride * 4, i16x8.sub(even, odd));
  v128.store(target + stride * 5, i16x8.mul(w2, i16x8.splat(12)));
}
