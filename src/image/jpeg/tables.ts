import { corrupt } from "./segments.ts";

/** The 64 factors of a component's coefficients, in zigzag order. */
export type QuantizationTable = Uint16Array;

/** A Huffman code as in a DHT segment: how many codes have 1 to 16 bits, then symbols. */
export type HuffmanDefinition = Uint8Array;

const MAX_TABLE = 3;
const COUNTS = 16;
const MAX_SYMBOLS = 256;
/** The most bits of a DC difference. */
const MAX_DC_SIZE = 15;

/**
 * Reads the tables of a DQT segment. T.81, B.2.4.1.
 *
 * @throws {CorruptImageError} When a table is cut short, or has an invalid number or
 * precision.
 */
export function* readQuantizationTables(
  body: Uint8Array,
): Generator<[index: number, table: QuantizationTable]> {
  for (let at = 0; at < body.length;) {
    const precision = body[at]! >> 4;
    const index = body[at++]! & 15;
    const bytes = 64 << precision;
    if (index > MAX_TABLE || precision > 1 || at + bytes > body.length) {
      throw corrupt("a quantization table is invalid");
    }
    const part = body.subarray(at, at + bytes);
    yield [
      index,
      precision === 0
        ? Uint16Array.from(part)
        : Uint16Array.from({ length: 64 }, (_, i) =>
          part[2 * i]! << 8 | part[2 * i + 1]!),
    ];
    at += bytes;
  }
}

/**
 * Reads the tables of a DHT segment. T.81, B.2.4.2.
 *
 * @throws {CorruptImageError} When a table is cut short, over-subscribed, or has an
 * invalid number.
 */
export function* readHuffmanTables(
  body: Uint8Array,
): Generator<[kind: "dc" | "ac", index: number, table: HuffmanDefinition]> {
  for (let at = 0; at < body.length;) {
    const kind = body[at]! >> 4;
    const index = body[at++]! & 15;
    const counts = body.subarray(at, at + COUNTS);
    let symbols = 0;
    let room = 1;
    let isOver = false;
    for (const count of counts) {
      symbols += count;
      room = room * 2 - count;
      isOver ||= room < 0;
    }
    const end = at + COUNTS + symbols;
    if (
      kind > 1 || index > MAX_TABLE || isOver || symbols > MAX_SYMBOLS ||
      end > body.length
    ) throw corrupt("a Huffman table is invalid");
    const table = body.subarray(at, end);
    if (kind === 0 && table.subarray(COUNTS).some((it) => it > MAX_DC_SIZE)) {
      throw corrupt("a Huffman table is invalid");
    }
    yield [kind === 0 ? "dc" : "ac", index, table];
    at = end;
  }
}
