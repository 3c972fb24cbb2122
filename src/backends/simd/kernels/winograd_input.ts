/**
 * The input's transform, `B^T d B`: codes of 0..255 become values of -12750..17340.
 */
import { Convolution } from "./step";

/**
 * Transforms the tiles of `table`, a multiple of 4, into `tiles`.
 *
 * @param work 576 bytes.
 */
export function widenInput(
  step: Convolution,
  table: usize,
  tableEnd: usize,
  tiles: usize,
  work: usize,
): void {
  const channels = step.run / 3;
  const pointBytes = channels * 8;
  for (; table < tableEnd; table += 32) {
    for (let tile: usize = 0; tile < 4; tile++) {
      let source: usize = load<u32>(table + tile * 8);
      let target = tiles + tile * 16;
      for (const end = source + channels; source < end; source += 8) {
        widenTile(source, step.inputRow, channels, target, pointBytes, work);
        target += 64;
      }
    }
    tiles += pointBytes * 36;
  }
}

/** 8 channels of a tile. */
export function widenTile(
  source: usize,
  rowBytes: usize,
  pixelBytes: usize,
  target: usize,
  pointBytes: usize,
  work: usize,
): void {
  for (let at = work; at < work + 576; at += 96) {
    let pixel = source;
    const d0 = loadCodes(pixel);
    pixel += rowBytes;
    const d1 = loadCodes(pixel);
    pixel += rowBytes;
    const d2 = loadCodes(pixel);
    pixel += rowBytes;
    const d3 = loadCodes(pixel);
    pixel += rowBytes;
    const d4 = loadCodes(pixel);
    pixel += rowBytes;
    const d5 = loadCodes(pixel);
    storeSix(d0, d1, d2, d3, d4, d5, at, 16);
    source += pixelBytes;
  }
  for (const end = work + 96; work < end; work += 16) {
    storeSix(
      v128.load(work),
      v128.load(work, 96),
      v128.load(work, 192),
      v128.load(work, 288),
      v128.load(work, 384),
      v128.load(work, 480),
      target,
      pointBytes,
    );
    target += 6 * pointBytes;
  }
}

/** 8 codes as i16, in the order 0 2 1 3 4 6 5 7. */
// @ts-ignore: decorator
@inline
export function loadCodes(pixel: usize): v128 {
  // An index of 128 and more makes a 0.
  return i8x16.swizzle(
    v128.load64_zero(pixel),
    i8x16(0, -1, 2, -1, 1, -1, 3, -1, 4, -1, 6, -1, 5, -1, 7, -1),
  );
}

/**
 * Stores `B^T d`:
 *
 *     4  0 -5  0  1  0
 *     0 -4 -4  1  1  0
 *     0  4 -4 -1  1  0
 *     0 -2 -1  2  1  0
 *     0  2 -1 -2  1  0
 *     0  4  0 -5  0  1
 */
// @ts-ignore: decorator
@inline
export function storeSix(
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
  target: usize,
  stride: usize,
): void {
  const d42 = i16x8.sub(d4, d2), d31 = i16x8.sub(d3, d1);
  v128.store(target, i16x8.add(i16x8.shl(i16x8.sub(d0, d2), 2), d42));
  const even = i16x8.sub(d4, i16x8.shl(d2, 2));
  const odd = i16x8.sub(d3, i16x8.shl(d1, 2));
  v128.store(target + stride, i16x8.add(even, odd));
  v128.store(target + stride * 2, i16x8.sub(even, odd));
  const twice = i16x8.add(d31, d31);
  v128.store(target + stride * 3, i16x8.add(d42, twice));
  v128.store(target + stride * 4, i16x8.sub(d42, twice));
  const last = i16x8.sub(i16x8.sub(d5, d3), i16x8.add(twice, twice));
  v128.store(target + stride * 5, last);
}
