/**
 * `sums + a . b`, for codes in 0..127. The sum of two products is at most 32258, which
 * fits the i16 that plain SIMD uses, and that relaxed SIMD may use.
 */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, sums: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, sums);
  }
  const pairs = i16x8.add(
    i16x8.extmul_low_i8x16_s(a, b),
    i16x8.extmul_high_i8x16_s(a, b),
  );
  return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pairs));
}
