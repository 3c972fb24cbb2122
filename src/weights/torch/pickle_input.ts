import { TruncatedError } from "../truncated.ts";
import { COST, fail, type Spend } from "./pickle_budget.ts";

/** Maximum size of an integer, in bytes: larger than any hash. */
const LONGEST_NUMBER = 255;

/** Reads the bytes of a pickle in order. Numbers are little-endian. */
export interface PickleInput {
  /** The offset of the next byte. */
  position(): number;
  u8(): number;
  u16(): number;
  u32(): number;
  u64(): number;
  i32(): number;
  /** A big-endian double. */
  f64(): number;
  skip(length: number): void;
  /** A view of the bytes. */
  raw(length: number): Uint8Array;
  utf8(length: number): string;
  latin1(length: number): string;
  /** Text up to the next newline, which is consumed. */
  line(): string;
  /** A signed integer of `length` bytes. */
  whole(length: number): number | bigint;
}

/**
 * Reads from `start`. Values that need memory are charged to the budget.
 *
 * The functions of the result throw a {@linkcode TruncatedError} at the end of the bytes,
 * and a {@linkcode CorruptWeightsError} if a number is too long or the budget is exceeded.
 */
export function readInput(
  bytes: Uint8Array,
  start: number,
  spend: Spend,
): PickleInput {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;

  /** Consumes `length` bytes and returns their offset. */
  const take = (length: number): number => {
    if (length > bytes.length - at) {
      throw new TruncatedError(
        `Cannot read the pickle as it must have its end: it breaks off at byte ${bytes.length}`,
      );
    }
    at += length;
    return at - length;
  };
  const raw = (length: number) => {
    const from = take(length);
    return bytes.subarray(from, from + length);
  };
  const text = (length: number, decoder: TextDecoder) => {
    const encoded = raw(length);
    spend(COST.text + length);
    return decoder.decode(encoded);
  };
  const line = () => {
    const end = bytes.indexOf(NEWLINE, at);
    const length = (end < 0 ? bytes.length + 1 : end) - at;
    const found = text(length, UTF_8);
    at++;
    return found;
  };
  const whole = (length: number) => {
    if (length > LONGEST_NUMBER) fail(`a number has ${length} bytes`);
    spend(length > 6 ? COST.bigNumber : COST.number);
    const from = take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) {
      value = value << 8n | BigInt(bytes[from + i]!);
    }
    value = BigInt.asIntN(8 * length, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  };

  return {
    position: () => at,
    u8: () => bytes[take(1)]!,
    u16: () => view.getUint16(take(2), true),
    u32: () => view.getUint32(take(4), true),
    u64: () => Number(view.getBigUint64(take(8), true)),
    i32: () => view.getInt32(take(4), true),
    f64: () => view.getFloat64(take(8)),
    skip: (length) => void take(length),
    raw,
    utf8: (length) => text(length, UTF_8),
    latin1: (length) => text(length, LATIN_1),
    line,
    whole,
  };
}

const NEWLINE = 10;
const UTF_8 = new TextDecoder();
const LATIN_1 = new TextDecoder("latin1");
