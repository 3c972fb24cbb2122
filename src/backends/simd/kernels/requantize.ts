/**
 * Sums to codes: `trunc(min(sum * multiplier + offset, qmax))`, one in each lane,
 * where the offset has the half that makes it rounding. What is negative is for
 * {@linkcode packCodes} to make 0.
 */
// @ts-ignore: decorator
@inline
export function requantize(
  sums: v128,
  multipliers: v128,
  offsets: v128,
  qmax: v128,
): v128 {
  // Not a relaxed madd: it isn't the same on every machine.
  const scaled = f32x4.mul(f32x4.convert_i32x4_s(sums), multipliers);
  return truncate(f32x4.add(scaled, offsets), qmax);
}

/** `trunc(min(values, qmax))`, for whatever isn't NaN. */
// @ts-ignore: decorator
@inline
export function truncate(values: v128, qmax: v128): v128 {
  // pmin is one instruction, min several; so are the truncations. They agree but
  // on what is below -2^31, which some machines make the lowest i32: 0, too.
  const most = f32x4.pmin(values, qmax);
  return ASC_FEATURE_RELAXED_SIMD
    ? i32x4.relaxed_trunc_f32x4_s(most)
    : i32x4.trunc_sat_f32x4_s(most);
}

/** Sixteen codes as bytes, side by side; what is negative becomes 0. */
// @ts-ignore: decorator
@inline
export function packCodes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(
    i16x8.narrow_i32x4_s(a, b),
    i16x8.narrow_i32x4_s(c, d),
  );
}
