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

/** Reads the tables of a DQT segment. T.81, B.2.4.1. */
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

/** Reads the tables of a DHT segment. T.81, B.2.4.2. */
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

/** The tables of a file without any, such as a frame of motion JPEG. */
export function standardTables(): Record<"dc" | "ac", HuffmanDefinition[]> {
  const digits = SEGMENT.match(/[\da-f]{2}/g)!;
  const tables = {
    dc: [] as HuffmanDefinition[],
    ac: [] as HuffmanDefinition[],
  };
  const body = Uint8Array.from(digits, (it) => parseInt(it, 16));
  for (const [kind, index, table] of readHuffmanTables(body)) {
    tables[kind][index] = table;
  }
  return tables;
}

/** A DHT segment with DC and AC of luma, then of chroma: T.81, K.3. */
const SEGMENT = `
  0000010501010101010100000000000000000102030405060708090a0b
  100002010303020403050504040000017d01020300041105122131410613516107227114
  328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738
  393a434445464748494a535455565758595a636465666768696a737475767778797a8384
  85868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4
  c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa
  0100030101010101010101010000000000000102030405060708090a0b
  110002010204040304070504040001027700010203110405213106124151076171132232
  8108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a353637
  38393a434445464748494a535455565758595a636465666768696a737475767778797a82
  838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2
  c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa
`;
