/**
 * `sums + w . x`: for each of 4 output channels 4 weights times the 4 activations that
 * all channels share.
 *
 * Weights are the first operand, as they are signed. The second operand is portable
 * only up to 127: above that the result depends on the processor; see `probe.ts`.
 *
 * @typeParam Lane The type of the sums of one instruction. `i32` sums four products:
 * `vpdpbusd` on x86 with VNNI, `sdot` on ARM. `i16` sums two, and is faster on x86
 * without VNNI, where `i32` takes more instructions.
 * @param ones Adds pairs of `i16`. V8 recreates a constant at each use: loops are
 * faster with ones that it can't prove constant.
 */
// @ts-ignore: decorator
@inline
export function dot<Lane>(
  w: v128,
  x: v128,
  sums: v128,
  ones: v128 = i16x8.splat(1),
): v128 {
  return sizeof<Lane>() == 4
    ? i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sums)
    : i32x4.add(
      sums,
      i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(w, x), ones),
    );
}
