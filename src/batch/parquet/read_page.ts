/**
 * Reads the levels and values of an uncompressed page.
 *
 * @module
 */
import type { Encoding } from "hyparquet";
import type { Hyparquet } from "./hyparquet.ts";
import type { ParquetColumn } from "./parquet_column.ts";
import { readRuns } from "./runs.ts";
import { byteArrays, type Values } from "./values.ts";

/** The levels and values of a page. */
export interface Page {
  /** The number of values, including nulls and empty lists. */
  readonly count: number;
  /** `undefined` if no value can be null. */
  readonly definitionLevels: Uint32Array | undefined;
  /** `undefined` if the values aren't lists. */
  readonly repetitionLevels: Uint32Array | undefined;
  /** The values that aren't null: physical values, or dictionary indices. */
  readonly values: Values;
}

/** The part of a page's header in use, for both versions. */
export interface PageHead {
  readonly num_values: number;
  readonly encoding: Encoding;
  readonly definition_level_encoding?: Encoding;
  readonly repetition_level_encoding?: Encoding;
  /** Only in the second version. */
  readonly definition_levels_byte_length?: number;
  readonly repetition_levels_byte_length?: number;
}

/** The maximum size of a page's texts, in bytes. */
const MAX_TEXT = 2 ** 29;

/** @throws {Error} When it is damaged. */
export function readPage(
  page: Uint8Array,
  head: PageHead,
  { leaf, maxLevel, listLevel }: ParquetColumn,
  package_: Hyparquet,
): Page {
  const view = viewOf(page);
  const { num_values: count, encoding } = head;
  let at = 0;
  const levels = (
    max: number,
    known: number | undefined,
    encoding: Encoding | undefined,
  ) => {
    // In the first version, levels are preceded by their length.
    if (max === 0) return void (at += known ?? 0);
    if (encoding === "BIT_PACKED") throw unread(encoding);
    const length = known ?? view.getUint32(at, true);
    const start = known === undefined ? at + 4 : at;
    at = start + length;
    return readRuns(page, start, at, 32 - Math.clz32(max), count);
  };
  const repetitionLevels = levels(
    listLevel === undefined ? 0 : 1,
    head.repetition_levels_byte_length,
    head.repetition_level_encoding,
  );
  const definitionLevels = levels(
    maxLevel,
    head.definition_levels_byte_length,
    head.definition_level_encoding,
  );
  let present = count;
  for (const level of definitionLevels ?? []) {
    if (level !== maxLevel) present--;
  }
  const values = present === 0
    ? []
    : readValues(page, at, encoding, present, leaf, package_);
  return { count, definitionLevels, repetitionLevels, values };
}

function readValues(
  page: Uint8Array,
  at: number,
  encoding: Encoding,
  count: number,
  { type, type_length }: ParquetColumn["leaf"],
  { readPlain, byteStreamSplit, deltaBinaryUnpack, deltaLengthByteArray }:
    Hyparquet,
): Values {
  const view = viewOf(page);
  const reader = { view, offset: at };
  const integers = <T extends Int32Array | BigInt64Array>(values: T) => {
    assertBlocks(page, reader.offset);
    deltaBinaryUnpack(reader, count, values);
    return values;
  };
  switch (encoding) {
    case "PLAIN":
      assertRoom(page, at, count);
      if (type === "BYTE_ARRAY") return byteArrays(page, at, count);
      return readPlain(reader, type!, count, type_length);
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY":
      return readRuns(page, at + 1, page.length, page[at]!, count);
    case "RLE": {
      if (type !== "BOOLEAN") throw unread(encoding);
      const end = at + 4 + view.getUint32(at, true);
      const values = readRuns(page, at + 4, end, 1, count);
      return Array.from(values, (it) => it === 1);
    }
    case "BYTE_STREAM_SPLIT":
      assertRoom(page, at, count);
      return byteStreamSplit(reader, count, type!, type_length);
    case "DELTA_BINARY_PACKED":
      if (type === "INT64") return integers(new BigInt64Array(count));
      if (type !== "INT32") throw unread(encoding);
      // DuckDB begins with a 33-bit number, which the package's fast path for 32 bits
      // would truncate.
      return Int32Array.from(
        integers(new BigInt64Array(count)),
        (it) => Number(BigInt.asIntN(32, it)),
      );
    case "DELTA_LENGTH_BYTE_ARRAY": {
      if (type !== "BYTE_ARRAY") throw unread(encoding);
      assertBlocks(page, at);
      const values = new Array<Uint8Array>(count);
      deltaLengthByteArray(reader, count, values);
      return values;
    }
    case "DELTA_BYTE_ARRAY": {
      const prefixes = integers(new Int32Array(count));
      const suffixes = integers(new Int32Array(count));
      return incremental(page, reader.offset, prefixes, suffixes);
    }
    default:
      throw unread(encoding);
  }
}

/** Reads byte arrays that each share a prefix with the one before. */
function incremental(
  page: Uint8Array,
  start: number,
  prefixes: Int32Array,
  suffixes: Int32Array,
): Uint8Array[] {
  const values: Uint8Array[] = [];
  let before = new Uint8Array();
  let at = start;
  let total = 0;
  for (let i = 0; i < prefixes.length; i++) {
    const prefix = prefixes[i]!;
    const suffix = suffixes[i]!;
    total += prefix + suffix;
    const isSound = prefix >= 0 && prefix <= before.length && suffix >= 0 &&
      at + suffix <= page.length && total <= MAX_TEXT;
    if (!isSound) throw new Error("a page is damaged");
    const value = new Uint8Array(prefix + suffix);
    value.set(before.subarray(0, prefix));
    value.set(page.subarray(at, at + suffix), prefix);
    values.push(before = value);
    at += suffix;
  }
  return values;
}

/** Checks that there is room for `count` values of at least one bit each. */
function assertRoom(page: Uint8Array, at: number, count: number): void {
  if (count > 8 * (page.length - at)) throw new Error("a page is damaged");
}

/** Checks the header of delta-encoded integers in blocks. */
function assertBlocks(page: Uint8Array, at: number): void {
  const numbers = [0, 0];
  for (const i of numbers.keys()) {
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = page[at++] ?? 0;
      numbers[i]! += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
  }
  const [block, parts] = numbers as [number, number];
  const isSound = parts >= 1 && block <= 2 ** 20 &&
    block % parts === 0 && block > 0;
  if (!isSound) throw new Error("a page is damaged");
}

function unread(encoding: Encoding): Error {
  return new Error(`the encoding ${encoding} isn't supported`);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
