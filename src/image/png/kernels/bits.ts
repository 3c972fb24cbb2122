/**
 * The input, and the bits that are read ahead of it. What is read ahead where no
 * data is left is made up: whoever took bits asks {@linkcode isOverrun}.
 */

/** More bytes than two refills read ahead. */
export const AHEAD_BYTES: usize = 16;

/** The unread bytes, and whether no more come after them. */
let at: usize = 0;
let end: usize = 0;
export let isLast: bool = false;
/** Bits that are read ahead, the next one lowest; those above `count` don't count. */
export let bits: u64 = 0;
export let count: u32 = 0;
/** How many of them were made up. */
let padding: u32 = 0;

export function openInput(): void {
  at = end = 0;
  isLast = false;
  bits = count = padding = 0;
}

/** Gives it more input, which begins at the old one's {@linkcode position}. */
export function feed(from: usize, to: usize, last: bool): void {
  at = from;
  end = to;
  isLast = last;
}

/** Where the unread input begins. */
export function position(): usize {
  return at;
}

/** Whether `bytes` more are there, or else no more come. */
export function isThere(bytes: usize): bool {
  return isLast || end - at >= bytes;
}

/** How many unread bytes there are. */
export function unreadBytes(): usize {
  return end - at;
}

/** Moves on by bytes that were read directly. */
export function skipBytes(bytes: usize): void {
  at += bytes;
}

/** Whether bits were taken that were made up. */
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

/** Gives whole bytes of the bit buffer back. */
export function unread(): void {
  const real = count - padding;
  at -= real >> 3;
  count = real & 7;
  padding = 0;
  bits &= (1 << count) - 1;
}
