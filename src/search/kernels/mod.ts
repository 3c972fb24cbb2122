/**
 * The search kernels, in AssemblyScript: everything that runs for each byte of an index.
 * They only use memory that `../search_index.ts` passes to them.
 */
import { multiplyAdd } from "./multiply_add";

/**
 * Finds the vectors whose dot product with a query, multiplied by their scale, is more
 * than `least`, among `count` contiguous vectors. All codes are in 0..127: both builds
 * and all processors multiply these in the same way.
 *
 *     vectors   count x width bytes
 *     scales    count f32
 *     turn      64 bytes of a vector: 4 loads, 4 loads of the query, 4 sums
 *     found     (number of the vector, u32; the product as f32) of each
 *
 * Processes one vector at a time, as it is limited by memory bandwidth, and sequential
 * reads are fastest.
 *
 * @param width The number of codes per vector, <= 65536: more could overflow.
 * @returns The number of vectors found.
 */
export function scan(
  query: usize,
  vectors: usize,
  scales: usize,
  width: usize,
  count: u32,
  least: f32,
  found: usize,
): u32 {
  const ragged = width & 63;
  const begin = found;
  let x = vectors;
  for (let row: u32 = 0; row < count; row++, scales += 4) {
    let a = i32x4.splat(0), b = a, c = a, d = a;
    let q = query;
    for (const whole = x + width - ragged; x < whole; x += 64, q += 64) {
      a = multiplyAdd(v128.load(x, 0), v128.load(q, 0), a);
      b = multiplyAdd(v128.load(x, 16), v128.load(q, 16), b);
      c = multiplyAdd(v128.load(x, 32), v128.load(q, 32), c);
      d = multiplyAdd(v128.load(x, 48), v128.load(q, 48), d);
    }
    a = i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
    let sum = i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) +
      i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3);
    for (const rowEnd = x + ragged; x < rowEnd; x++, q++) {
      sum += <i32> load<u8>(x) * <i32> load<u8>(q);
    }
    const score = <f32> sum * load<f32>(scales);
    if (score > least) {
      store<u32>(found, row);
      store<f32>(found, score, 4);
      found += 8;
    }
  }
  return <u32> ((found - begin) >> 3);
}

/** Whether any of `length` bytes is above 127, and so not a valid code. */
export function hasHighBits(bytes: usize, length: usize): bool {
  let bits = i8x16.splat(0);
  const end = bytes + length;
  for (const whole = end - (length & 15); bytes < whole; bytes += 16) {
    bits = v128.or(bits, v128.load(bytes));
  }
  let rest: u8 = 0;
  for (; bytes < end; bytes++) rest |= load<u8>(bytes);
  return i8x16.bitmask(bits) != 0 || rest > 127;
}
