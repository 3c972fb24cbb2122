/**
 * Weights with even and odd bytes separated, for `panel_wide.ts` where each memory
 * access is checked.
 */

/**
 * Separates the even and odd bytes of weights, 8 channels at a time: 32 bytes become 16
 * of the even and 16 of the odd ones.
 */
export function splitWeights(weights: usize, end: usize): void {
  for (; weights < end; weights += 32) {
    const low = v128.load(weights), high = v128.load(weights, 16);
    v128.store(
      weights,
      v128.shuffle<i8>(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
    );
    v128.store(
      weights,
      v128.shuffle<i8>(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31),
      16,
    );
  }
}

/** Weights of 4 channels: bytes of `even` and `odd` interleaved. */
// @ts-ignore: decorator
@inline
export function joinLow(even: v128, odd: v128): v128 {
  return v128.or(
    i16x8.extend_low_i8x16_u(even),
    i16x8.shl(i16x8.extend_low_i8x16_u(odd), 8),
  );
}

/** Those of the next 4 channels. */
// @ts-ignore: decorator
@inline
export function joinHigh(even: v128, odd: v128): v128 {
  return v128.or(
    i16x8.extend_high_i8x16_u(even),
    i16x8.shl(i16x8.extend_high_i8x16_u(odd), 8),
  );
}

/** Makes pairs of `a` and `b`, and of `c` and `d`; the result doesn't matter. */
// @ts-ignore: decorator
@inline
export function pairs(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.xor(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}
