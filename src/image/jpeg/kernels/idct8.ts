/**
 * The inverse cosine transform of 8 x 8 by Loeffler, Ligtenberg and Moschytz
 * ("Practical fast 1-D DCT algorithms with 11 multiplications", 1989): libjpeg's
 * `JDCT_ISLOW`, bit for bit, with 13 fractional bits, and 2 more between the passes.
 */
import { level } from "./tables";

const BITS = 13;
const BETWEEN = 2;

// The paper's factors times 2^13.
const F_0_298631336 = 2446;
const F_0_390180644 = 3196;
const F_0_541196100 = 4433;
const F_0_765366865 = 6270;
const F_0_899976223 = 7373;
const F_1_175875602 = 9633;
const F_1_501321110 = 12299;
const F_1_847759065 = 15137;
const F_1_961570560 = 16069;
const F_2_053119869 = 16819;
const F_2_562915447 = 20995;
const F_3_072711026 = 25172;

/** Transforms a block, which it overwrites, to rows of 8 samples. */
export function idct8(block: usize, out: usize, stride: usize): void {
  for (let at = block; at < block + 32; at += 4) pass(at, 32, at, true);
  for (let at = block; at < block + 256; at += 32, out += stride) {
    pass(at, 4, out, false);
  }
}

/**
 * Transforms eight points, `step` bytes apart.
 *
 * @param isFirst Whether results replace the points; otherwise they become samples.
 */
// @ts-ignore: decorator
@inline
function pass(at: usize, step: usize, out: usize, isFirst: bool): void {
  const c0 = load<i32>(at), c1 = load<i32>(at + step);
  const c2 = load<i32>(at + 2 * step), c3 = load<i32>(at + 3 * step);
  const c4 = load<i32>(at + 4 * step), c5 = load<i32>(at + 5 * step);
  const c6 = load<i32>(at + 6 * step), c7 = load<i32>(at + 7 * step);
  if ((c1 | c2 | c3 | c4 | c5 | c6 | c7) == 0) {
    if (isFirst) {
      const value = c0 << BETWEEN;
      for (let i: usize = 0; i < 8; i++) store<i32>(out + i * step, value);
    } else {
      const sample = <u64> level(c0, BETWEEN + 3);
      store<u64>(out, sample * 0x0101010101010101);
    }
    return;
  }

  const even = (c2 + c6) * F_0_541196100;
  const e2 = even - c6 * F_1_847759065;
  const e3 = even + c2 * F_0_765366865;
  const e0 = (c0 + c4) << BITS;
  const e1 = (c0 - c4) << BITS;
  const s0 = e0 + e3, s3 = e0 - e3, s1 = e1 + e2, s2 = e1 - e2;

  const odd = (c7 + c3 + c5 + c1) * F_1_175875602;
  const z1 = -(c7 + c1) * F_0_899976223;
  const z2 = -(c5 + c3) * F_2_562915447;
  const z3 = odd - (c7 + c3) * F_1_961570560;
  const z4 = odd - (c5 + c1) * F_0_390180644;
  const d0 = c7 * F_0_298631336 + z1 + z3;
  const d1 = c5 * F_2_053119869 + z2 + z4;
  const d2 = c3 * F_3_072711026 + z2 + z3;
  const d3 = c1 * F_1_501321110 + z1 + z4;

  if (isFirst) {
    const shift = BITS - BETWEEN;
    const half = 1 << (shift - 1);
    store<i32>(out, (s0 + d3 + half) >> shift);
    store<i32>(out + step, (s1 + d2 + half) >> shift);
    store<i32>(out + 2 * step, (s2 + d1 + half) >> shift);
    store<i32>(out + 3 * step, (s3 + d0 + half) >> shift);
    store<i32>(out + 4 * step, (s3 - d0 + half) >> shift);
    store<i32>(out + 5 * step, (s2 - d1 + half) >> shift);
    store<i32>(out + 6 * step, (s1 - d2 + half) >> shift);
    store<i32>(out + 7 * step, (s0 - d3 + half) >> shift);
  } else {
    const shift = BITS + BETWEEN + 3;
    store<u8>(out, level(s0 + d3, shift));
    store<u8>(out, level(s1 + d2, shift), 1);
    store<u8>(out, level(s2 + d1, shift), 2);
    store<u8>(out, level(s3 + d0, shift), 3);
    store<u8>(out, level(s3 - d0, shift), 4);
    store<u8>(out, level(s2 - d1, shift), 5);
    store<u8>(out, level(s1 - d2, shift), 6);
    store<u8>(out, level(s0 - d3, shift), 7);
  }
}
