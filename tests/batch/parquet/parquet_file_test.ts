import assert from "node:assert/strict";
import type { Encoding, SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openParquet } from "../../../src/batch/parquet/parquet_file.ts";
import { bytesRanges } from "../../../src/io/byte_ranges.ts";

const COUNT = 1000;
const bytes = (text: string) => new TextEncoder().encode(text);
const rows = <T>(value: (i: number) => T) =>
  Array.from({ length: COUNT }, (_, i) => i % 11 === 3 ? null : value(i));

/** Encodings with values that fill several pages. */
const ENCODED: readonly (readonly [Encoding, SchemaElement, unknown[]])[] = [
  [
    "DELTA_BYTE_ARRAY",
    { name: "a", type: "BYTE_ARRAY", converted_type: "UTF8" },
    rows((i) => `photos/2026/${i % 300}/ä${i}.jpg`),
  ],
  [
    "DELTA_LENGTH_BYTE_ARRAY",
    { name: "a", type: "BYTE_ARRAY" },
    rows((i) => bytes("x".repeat(i % 20))),
  ],
  [
    "DELTA_BINARY_PACKED",
    { name: "a", type: "INT32" },
    rows((i) => i % 2 ? 2 ** 31 - 1 : -(2 ** 31)),
  ],
  [
    "DELTA_BINARY_PACKED",
    { name: "a", type: "INT64" },
    rows((i) => BigInt(i) ** 5n),
  ],
  ["BYTE_STREAM_SPLIT", { name: "a", type: "DOUBLE" }, rows((i) => 1 / i)],
  [
    "BYTE_STREAM_SPLIT",
    { name: "a", type: "FIXED_LEN_BYTE_ARRAY", type_length: 2 },
    rows((i) => new Uint8Array([i, i >> 8])),
  ],
  ["RLE", { name: "a", type: "BOOLEAN" }, rows((i) => i % 3 === 0)],
  ["PLAIN", { name: "a", type: "BOOLEAN" }, rows((i) => i % 3 === 0)],
  [
    "RLE_DICTIONARY",
    { name: "a", type: "FLOAT" },
    rows((i) => i % 5 ? 0.5 : NaN),
  ],
  ["RLE_DICTIONARY", { name: "a", type: "INT32" }, rows((i) => i % 300)],
];

/** Reads the values of a file's only column. */
async function readBack(
  schema: readonly SchemaElement[],
  data: unknown[],
  encoding?: Encoding,
) {
  const file = parquetWriteBuffer({
    schema: [{ name: "root", num_children: 1 }, ...schema],
    columnData: [{ name: "a", data, ...encoding && { encoding } }],
    pageSize: 300,
    rowGroupSize: 400,
  });
  const parquet = await openParquet(bytesRanges(new Uint8Array(file)), "a");
  assert.equal(parquet.rowCount, data.length);
  const values: unknown[] = [];
  for await (const [value] of parquet.rows(["a"])) values.push(value);
  return values;
}

for (const [encoding, element, data] of ENCODED) {
  Deno.test(`pages of ${element.type} in ${encoding} are read`, async () => {
    const schema = [{ ...element, repetition_type: "OPTIONAL" } as const];
    assert.deepEqual(await readBack(schema, data, encoding), data);
  });
}

const LISTS = rows((i) =>
  Array.from({ length: i % 30 }, (_, j) => j % 4 === 1 ? null : i * j)
);
const list = { name: "a", num_children: 1, converted_type: "LIST" } as const;

Deno.test("lists of three levels are read through pages", async () => {
  const values = await readBack([
    { ...list, repetition_type: "OPTIONAL" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
  ], LISTS);
  assert.deepEqual(values, LISTS);
});

Deno.test("lists that can't be null, nor their elements, are read", async () => {
  const data = LISTS.map((it) => it?.filter((it) => it !== null) ?? []);
  const values = await readBack([
    { ...list, repetition_type: "REQUIRED" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT32", repetition_type: "REQUIRED" },
  ], data);
  assert.deepEqual(values, data);
});

Deno.test("only the columns that are asked for are read", async () => {
  const file = new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "a", data: ["x"], type: "STRING" },
      { name: "b", data: [1], type: "INT32" },
    ],
  }));
  const reads: number[] = [];
  const { size, read } = bytesRanges(file);
  const parquet = await openParquet({
    size,
    read(start, end) {
      reads.push(start);
      return read(start, end);
    },
  }, "a");
  const before = reads.length;
  assert.deepEqual(await Array.fromAsync(parquet.rows(["b"])), [[1]]);
  assert.equal(reads.length, before + 1);
});

Deno.test("an error of the source is given as it is", async () => {
  const fault = new Error("the disk reports a fault");
  const source = { size: 100, read: () => Promise.reject(fault) };
  await assert.rejects(openParquet(source, "a"), fault);
});
