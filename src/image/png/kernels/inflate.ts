/**
 * Inflates RFC 1951 in the format of RFC 1950. It stops when input or room for output
 * runs out, and continues from there.
 */
import {
  AHEAD_BYTES,
  bits,
  count,
  isLast,
  isOverrun,
  isThere,
  openInput,
  position,
  refill,
  skipBytes,
  take,
  unread,
  unreadBytes,
} from "./bits";
import { buildFixed, DESCRIPTION_BYTES, readDescription } from "./codes";
import { END, INVALID, LITERAL, lookUp, OF_DISTANCES, OF_LITERALS } from "./huffman";
import { DISTANCES, LITERALS } from "./memory";
import { Status } from "./status";

/** States: the next part to read. */
const HEADER = 0;
const BLOCK = 1;
const STORED = 2;
const CODES = 3;
const CHECK = 4;
const END_OF_ALL = 5;

/** Upper bound of the bytes that a match writes, in steps of 8. */
const MATCH_BYTES: usize = 258 + 8;
/** The maximum distance of a match, in bytes. */
export const REACH: usize = 32768;

/** The beginning of the output, its limit, and its end so far. */
let start: usize = 0;
let limit: usize = 0;
export let out: usize = 0;

let state: u32 = HEADER;
let isFinal: bool = false;
let storedBytes: usize = 0;
/** The stream's Adler-32. */
export let check: u32 = 0;

export function openInflate(output: usize, outputEnd: usize): void {
  start = out = output;
  limit = outputEnd - MATCH_BYTES;
  openInput();
  state = HEADER;
}

/** Makes room for output, and keeps the latest 32 KiB for matches. */
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
    if (isOverrun()) return Status.endedEarly;
    if (status == Status.needsInput) unread();
    if (status) return status;
  }
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
      if (isOverrun()) return Status.endedEarly;
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

function readStored(): u32 {
  while (storedBytes) {
    if (out >= limit) return Status.needsRoom;
    const bytes = min(min(storedBytes, unreadBytes()), limit - out);
    if (!bytes) return isLast ? Status.endedEarly : Status.needsInput;
    memory.copy(out, position(), bytes);
    out += bytes;
    skipBytes(bytes);
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
      // At least 41 bits are left: enough for two more codes of 15.
      entry = lookUp(LITERALS, OF_LITERALS, bits);
      if (entry & LITERAL) {
        take(entry & 15);
        store<u8>(at++, entry >> 16);
        entry = lookUp(LITERALS, OF_LITERALS, bits);
        if (entry & LITERAL) {
          take(entry & 15);
          store<u8>(at++, entry >> 16);
          if (isOverrun()) return Status.endedEarly;
          continue;
        }
      }
      take(entry & 15);
      refill();
    } else take(entry & 15);
    if (isOverrun()) return Status.endedEarly;
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
  if (unreadBytes() < 4) return isLast ? Status.endedEarly : Status.needsInput;
  check = bswap(load<u32>(position()));
  skipBytes(4);
  state = END_OF_ALL;
  return 0;
}
