/** Stores the codes of two pixels at the addresses in the table. */
// @ts-ignore: decorator
@inline
export function storeTwo(
  table: usize,
  channel: usize,
  codes: v128,
  channels: usize,
): void {
  const first = channel + load<u32>(table, 4);
  const second = channel + load<u32>(table, 12);
  if (channels == 8) {
    v128.store64_lane(first, codes, 0);
    v128.store64_lane(second, codes, 1);
  } else {
    storeBytes(first, v128.extract_lane<u64>(codes, 0), channels);
    storeBytes(second, v128.extract_lane<u64>(codes, 1), channels);
  }
}

/** Stores the first `count` bytes, 1..8, of one half of a vector. */
// @ts-ignore: decorator
@inline
export function storeBytes(target: usize, eight: u64, count: usize): void {
  if (count & 8) {
    store<u64>(target, eight);
    return;
  }
  if (count & 4) {
    store<u32>(target, <u32> eight);
    eight >>= 32;
    target += 4;
  }
  if (count & 2) {
    store<u16>(target, <u16> eight);
    eight >>= 16;
    target += 2;
  }
  if (count & 1) store<u8>(target, <u8> eight);
}

/** Stores the first `min(count, 16)` bytes of a vector. */
// @ts-ignore: decorator
@inline
export function storeVector(target: usize, bytes: v128, count: usize): void {
  if (count >= 16) {
    v128.store(target, bytes);
    return;
  }
  let eight = v128.extract_lane<u64>(bytes, 0);
  if (count & 8) {
    store<u64>(target, eight);
    target += 8;
    eight = v128.extract_lane<u64>(bytes, 1);
  }
  storeBytes(target, eight, count & 7);
}
