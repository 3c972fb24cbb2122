/**
 * The input, and a buffer of bits. At the end of the data the buffer is padded: check
 * {@linkcode isOverrun} after taking bits.
 */

/** Upper bound of the bytes that two refills read. */
export const AHEAD_BYTES: usize = 16;

/** The unread bytes, and whether no more come after them. */
let at: usize = 0;
let end: usize = 0;
export let isLast: bool = false;
/** Buffered bits, the next one lowest; those above `count` are garbage. */
export let bits: u64 = 0;
export let count: u32 = 0;
/** How many of them are padding. */
let padding: u32 = 0;

export function openInput(): void {
  at = end = 0;
  isLast = false;
  bits = count = padding = 0;
}

/** Supplies more input, which begins with the unread bytes of the previous input. */
export function feed(from: usize, to: usize, last: bool): void {
  at = from;
  end = to;
  isLast = last;
}

export function position(): usize {
  return at;
}

/** Whether `bytes` bytes are available, or no more will come. */
export function isThere(bytes: usize): bool {
  return isLast || end - at >= bytes;
}

export function unreadBytes(): usize {
  return end - at;
}

/** Skips bytes that were read directly. */
export function skipBytes(bytes: usize): void {
  at += bytes;
}

/** Whether padding was taken. */
export function isOverrun(): bool {
  return padding > count;
}

/** Fills the bit buffer to at least 56 bits. */
export function refill(): void {
  if (at + 8 <= end) {
    bits |= load<u64>(at) << count;
    at += (63 - count) >> 3;
    count |= 56;
  } else refillSlowly();
}

function refillSlowly(): void {
  for (; count <= 56; count += 8) {
    if (at < end) bits |= <u64> load<u8>(at++) << count;
    else padding += 8;
  }
}

export function take(n: u32): u32 {
  const value = <u32> bits & ((1 << n) - 1);
  bits >>= n;
  count -= n;
  return value;
}

/** Returns whole bytes of the buffer to the input. */
export function unread(): void {
  const real = count - padding;
  at -= real >> 3;
  count = real & 7;
  padding = 0;
  bits &= (1 << count) - 1;
}
