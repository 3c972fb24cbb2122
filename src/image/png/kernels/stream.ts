/** Rows of inflated bytes, and their checksum. */
import { check, inflate, openInflate, out, slide } from "./inflate";
import { Status } from "./status";

/** Adler-32: the largest prime below 65536; the most bytes whose sums fit 32 bits. */
const PRIME: u32 = 65521;
const BYTES_AT_ONCE: usize = 5552;

/** The address of the first inflated byte that isn't read yet. */
let next: usize = 0;
/** The number of bytes of the row so far. */
let filled: usize = 0;
let low: u32 = 1;
let high: u32 = 0;

/** Starts a stream; `output` must have room for more than 32 KiB. */
export function open(output: usize, outputEnd: usize): void {
  openInflate(output, outputEnd);
  next = output;
  filled = 0;
  low = 1;
  high = 0;
}

/**
 * Reads a row of `bytes` to `to`.
 *
 * @returns `ready`, or the reason why not; after `needsInput`, feed more and call it
 * again.
 */
export function readRow(to: usize, bytes: usize): u32 {
  while (filled < bytes) {
    if (next == out) {
      const status = inflateMore();
      if (next != out) continue;
      if (status == Status.done) return Status.endedEarly;
      return status;
    }
    const part = min(out - next, bytes - filled);
    memory.copy(to + filled, next, part);
    next += part;
    filled += part;
  }
  filled = 0;
  return Status.ready;
}

/**
 * Checks the stream's end after all rows are read.
 *
 * @returns As {@linkcode readRow}; `surplus` if there is more data, which isn't
 * inflated.
 */
export function finish(): u32 {
  if (next != out) return Status.surplus;
  const status = inflateMore();
  if (next != out) return Status.surplus;
  if (status != Status.done) return status;
  return (high << 16 | low) == check ? Status.ready : Status.badChecksum;
}

/** Inflates more, from `next` to `out`; nothing if that fails. */
function inflateMore(): u32 {
  slide();
  next = out;
  const status = inflate();
  if (status == Status.damaged || status == Status.endedEarly) next = out;
  else addUp(next, out);
  return status;
}

function addUp(at: usize, end: usize): void {
  let a = low, b = high;
  while (at < end) {
    const stop = min(at + BYTES_AT_ONCE, end);
    for (; at < stop; at++) {
      a += load<u8>(at);
      b += a;
    }
    a %= PRIME;
    b %= PRIME;
  }
  low = a;
  high = b;
}
