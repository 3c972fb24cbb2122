/**
 * `sums + a . b`, of codes of 0..127. Two products are at most 32258 and so fit an
 * i16, which is what relaxed SIMD may sum them in and what plain SIMD does.
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
