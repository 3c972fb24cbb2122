/**
 * `sums + w . x`: for each of 4 output channels 4 weights times the 4 activations
 * that all channels share.
 *
 * The weights go first: they are signed. The second operand is portable only up
 * to 127. Above that processors read it in their own ways; see `probe.ts`.
 *
 * @typeParam Lane What one instruction sums: `i32`, four products, is `vpdpbusd`
 * on x86 with VNNI and `sdot` on ARM; `i16`, two products, is what x86 without
 * VNNI has, where the other becomes more than this.
 * @param ones With which `i16` adds pairs. V8 makes a constant anew for each
 * use: loops are faster with ones of which it can't know.
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
