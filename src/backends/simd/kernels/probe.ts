import { dot } from "./dot";

/** How the processor reads the second operand of `dot<i32>`. */
const U8: u32 = 0; // Unsigned, exact: x86 with VNNI.
const S8: u32 = 1; // Signed, exact: ARM.
const I7: u32 = 2; // Not exact above 127: x86 without VNNI, which saturates.

/**
 * Runs the instruction on known bytes and returns how it read them.
 *
 * @param scratch 32 bytes. In memory, as a compiler would fold constants.
 */
export function probe(scratch: usize): u32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return U8;
  let unsigned = true, signed = true;
  for (let weight: i32 = -127; weight <= 127; weight += 127) {
    for (let code: i32 = 1; code <= 255; code += 127) {
      v128.store(scratch, i8x16.splat(<i8> weight));
      v128.store(scratch + 16, i8x16.splat(<i8> code));
      const sums = dot<i32>(
        v128.load(scratch),
        v128.load(scratch + 16),
        i32x4.splat(0),
      );
      const sum = i32x4.extract_lane(sums, 0);
      if (sum != 4 * weight * code) unsigned = false;
      if (sum != 4 * weight * <i32> (<i8> code)) signed = false;
    }
  }
  return unsigned ? U8 : signed ? S8 : I7;
}
