/**
 * Turns sums into codes, one in each lane: `trunc(min(sum * multiplier + offset, qmax))`.
 * The offset includes the half that rounds. {@linkcode packCodes} makes negative
 * values 0.
 */
// @ts-ignore: decorator
@inline
export function requantize(
  sums: v128,
  multipliers: v128,
  offsets: v128,
  qmax: v128,
): v128 {
  // A relaxed madd has different results on different machines.
  const scaled = f32x4.mul(f32x4.convert_i32x4_s(sums), multipliers);
  return truncate(f32x4.add(scaled, offsets), qmax);
}

/** `trunc(min(values, qmax))`. Values must not be NaN. */
// @ts-ignore: decorator
@inline
export function truncate(values: v128, qmax: v128): v128 {
  // pmin and the relaxed truncation are one instruction, min and trunc_sat several.
  // They differ only below -2^31, where both results are negative: the code is 0.
  const most = f32x4.pmin(values, qmax);
  return ASC_FEATURE_RELAXED_SIMD
    ? i32x4.relaxed_trunc_f32x4_s(most)
    : i32x4.trunc_sat_f32x4_s(most);
}

/** Packs sixteen codes as bytes. Negative values become 0. */
// @ts-ignore: decorator
@inline
export function packCodes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(
    i16x8.narrow_i32x4_s(a, b),
    i16x8.narrow_i32x4_s(c, d),
  );
}
