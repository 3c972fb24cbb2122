/**
 * Inflates: RFC 1951 in the format of RFC 1950. It stops where input or room for
 * output runs out, and goes on from there.
 */
import {
  BASE,
  buildTable,
  END,
  INVALID,
  LITERAL,
  lookUp,
  OF_DISTANCES,
  OF_LENGTHS,
  OF_LITERALS,
} from "./huffman";
import { DISTANCES, LENGTHS, LITERALS } from "./memory";
import { Status } from "./status";

/** What comes next. */
const HEADER = 0;
const BLOCK = 1;
const STORED = 2;
const CODES = 3;
const CHECK = 4;
const END_OF_ALL = 5;

/**
 * More bytes than are read ahead at once: two refills. Where fewer are left, and more
 * are to come, they are waited for.
 */
const AHEAD_BYTES: usize = 16;
/** The same and the description of a block's codes, which takes up to 4537 bits. */
const DESCRIPTION_BYTES: usize = 568 + AHEAD_BYTES;
/** More bytes than a length and a distance can write, copied in steps of 8. */
const MATCH_BYTES: usize = 258 + 8;
/** How far back matches reach. */
export const REACH: usize = 32768;

/** The unread bytes, and whether no more come after them. */
export let position: usize = 0;
let end: usize = 0;
let isLast: bool = false;
/** Bits that are read ahead, the next one lowest; those above `count` don't count. */
let bits: u64 = 0;
let count: u32 = 0;
/** How many of them were made up, as there was no data. */
let padding: u32 = 0;

/** Where output begins, may end, and has got to. */
let start: usize = 0;
let limit: usize = 0;
export let out: usize = 0;

let state: u32 = HEADER;
let isFinal: bool = false;
let storedBytes: usize = 0;
/** Adler-32 as the stream has it. */
export let check: u32 = 0;

export function openInflate(output: usize, outputEnd: usize): void {
  start = out = output;
  limit = outputEnd - MATCH_BYTES;
  position = end = 0;
  isLast = false;
  bits = count = padding = 0;
  state = HEADER;
}

/** Gives it more input, which begins with what was left of the last. */
export function feedInflate(from: usize, to: usize, last: bool): void {
  position = from;
  end = to;
  isLast = last;
}

/** Makes room for output, whose latest 32 KiB are kept for matches. */
export function slide(): void {
  if (out < limit) return;
  memory.copy(start, out - REACH, REACH);
  out = start + REACH;
}

export function inflate(): u32 {
  while (true) {
    let status: u32 = 0;
    switch (state) {
      case HEADER:
        status = readHeader();
        break;
      case BLOCK:
        status = readBlock();
        break;
      case STORED:
        status = readStored();
        break;
      case CODES:
        status = readCodes();
        break;
      case CHECK:
        status = readCheck();
        break;
      default:
        return Status.done;
    }
    // What was made up must not have been used.
    if (padding > count) return Status.endedEarly;
    if (status == Status.needsInput) unread();
    if (status) return status;
  }
}

/** Fills the bit buffer to at least 56 bits. */
function refill(): void {
  if (position + 8 <= end) {
    bits |= load<u64>(position) << count;
    position += (63 - count) >> 3;
    count |= 56;
  } else refillSlowly();
}

function refillSlowly(): void {
  for (; count <= 56; count += 8) {
    if (position < end) bits |= <u64> load<u8>(position++) << count;
    else padding += 8;
  }
}

function take(n: u32): u32 {
  const value = <u32> bits & ((1 << n) - 1);
  bits >>= n;
  count -= n;
  return value;
}

/** Gives whole bytes of the bit buffer back. */
function unread(): void {
  const real = count - padding;
  position -= real >> 3;
  count = real & 7;
  padding = 0;
  bits &= (1 << count) - 1;
}

/** Whether `bytes` more are there, or else no more come. */
function isThere(bytes: usize): bool {
  return isLast || end - position >= bytes;
}

function readHeader(): u32 {
  if (!isThere(AHEAD_BYTES)) return Status.needsInput;
  refill();
  const method = take(8);
  const flags = take(8);
  if (
    (method & 15) != 8 || method >> 4 > 7 || flags & 32 ||
    (method << 8 | flags) % 31
  ) return Status.damaged;
  state = BLOCK;
  return 0;
}

function readBlock(): u32 {
  if (!isThere(DESCRIPTION_BYTES)) return Status.needsInput;
  refill();
  isFinal = <bool> take(1);
  switch (take(2)) {
    case 0: {
      take(count & 7);
      const bytes = take(16);
      if (bytes != (~take(16) & 0xffff)) return Status.damaged;
      storedBytes = bytes;
      if (padding > count) return Status.endedEarly;
      unread();
      state = STORED;
      return 0;
    }
    case 1:
      state = CODES;
      return buildFixed() ? 0 : Status.damaged;
    case 2:
      state = CODES;
      return readDescription() ? 0 : Status.damaged;
    default:
      return Status.damaged;
  }
}

function buildFixed(): bool {
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  if (!buildTable(LITERALS, OF_LITERALS, LENGTHS, 288)) return false;
  memory.fill(LENGTHS, 5, 32);
  return buildTable(DISTANCES, OF_DISTANCES, LENGTHS, 32);
}

/** RFC 1951, 3.2.7. */
function readDescription(): bool {
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const lengths = take(4) + 4;
  if (literals > 286 || distances > 30) return false;
  memory.fill(LENGTHS, 0, 19);
  for (let i: u32 = 0; i < lengths; i++) {
    refill();
    store<u8>(LENGTHS + placeOf(i), take(3));
  }
  if (!buildTable(DISTANCES, OF_LENGTHS, LENGTHS, 19)) return false;
  const all = literals + distances;
  let last: u8 = 0;
  for (let i: u32 = 0; i < all;) {
    refill();
    const entry = lookUp(DISTANCES, OF_LENGTHS, bits);
    if (entry & INVALID) return false;
    take(entry & 15);
    const symbol = entry >> 16;
    let times: u32 = 1;
    if (symbol < 16) last = <u8> symbol;
    else if (symbol == 16) {
      if (i == 0) return false;
      times = 3 + take(2);
    } else {
      last = 0;
      times = symbol == 17 ? 3 + take(3) : 11 + take(7);
    }
    if (i + times > all) return false;
    memory.fill(LENGTHS + i, last, times);
    i += times;
  }
  // A block that can't end is none.
  if (load<u8>(LENGTHS, 256) == 0) return false;
  return buildTable(LITERALS, OF_LITERALS, LENGTHS, literals) &&
    buildTable(DISTANCES, OF_DISTANCES, LENGTHS + literals, distances);
}

/** The symbol whose length is the `i`th: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 ... */
function placeOf(i: u32): u32 {
  if (i < 3) return 16 + i;
  if (i == 3) return 0;
  const half = i >> 1;
  return i & 1 ? 9 - half : 6 + half;
}

function readStored(): u32 {
  while (storedBytes) {
    if (out >= limit) return Status.needsRoom;
    const bytes = min(min(storedBytes, end - position), limit - out);
    if (!bytes) return isLast ? Status.endedEarly : Status.needsInput;
    memory.copy(out, position, bytes);
    out += bytes;
    position += bytes;
    storedBytes -= bytes;
  }
  endBlock();
  return 0;
}

function endBlock(): void {
  state = isFinal ? CHECK : BLOCK;
}

function readCodes(): u32 {
  let at = out;
  while (at < limit) {
    if (!isThere(AHEAD_BYTES)) {
      out = at;
      return Status.needsInput;
    }
    refill();
    let entry = lookUp(LITERALS, OF_LITERALS, bits);
    if (entry & LITERAL) {
      take(entry & 15);
      store<u8>(at++, entry >> 16);
      // At least 41 bits are left: enough for two more of 15.
      entry = lookUp(LITERALS, OF_LITERALS, bits);
      if (entry & LITERAL) {
        take(entry & 15);
        store<u8>(at++, entry >> 16);
        entry = lookUp(LITERALS, OF_LITERALS, bits);
        if (entry & LITERAL) {
          take(entry & 15);
          store<u8>(at++, entry >> 16);
          if (padding > count) return Status.endedEarly;
          continue;
        }
      }
      take(entry & 15);
      refill();
    } else take(entry & 15);
    if (padding > count) return Status.endedEarly;
    if (entry & INVALID) return Status.damaged;
    if (entry & END) {
      out = at;
      endBlock();
      return 0;
    }
    // 41 bits are left, of which at most 5, 15 and 13 are taken.
    const length = (entry >> 16) + take(entry >> 8 & 255);
    const far = lookUp(DISTANCES, OF_DISTANCES, bits);
    if (far & INVALID) return Status.damaged;
    take(far & 15);
    const distance = <usize> ((far >> 16) + take(far >> 8 & 255));
    if (at - start < distance) return Status.damaged;
    copyMatch(at, distance, length);
    at += length;
  }
  out = at;
  return Status.needsRoom;
}

function copyMatch(to: usize, distance: usize, length: usize): void {
  const end = to + length;
  const from = to - distance;
  if (distance >= 8) {
    for (let i: usize = 0; i < length; i += 8) {
      store<u64>(to + i, load<u64>(from + i));
    }
  } else if (distance == 1) memory.fill(to, load<u8>(from), length);
  else for (; to < end; to++) store<u8>(to, load<u8>(to - distance));
}

function readCheck(): u32 {
  take(count & 7);
  unread();
  if (end - position < 4) return isLast ? Status.endedEarly : Status.needsInput;
  check = bswap(load<u32>(position));
  position += 4;
  state = END_OF_ALL;
  return 0;
}
