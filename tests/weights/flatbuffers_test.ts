import assert from "node:assert/strict";
import {
  byte,
  data,
  type Field,
  float,
  floats,
  int,
  ints,
  longs,
  offset,
  table,
  text,
  vector,
} from "../../src/export/tflite/encode_flatbuffer.ts";
import { CorruptWeightsError } from "../../src/errors.ts";
import { flatRoot, type FlatTable } from "../../src/weights/flatbuffers.ts";
import { flatFile } from "./tflite/tflite_file.ts";

const encode = (...fields: Field[]) => flatFile(table(...fields));

const sample = () =>
  encode(
    byte(-3),
    int(-70000),
    float(0.5),
    offset(text("Mixed_7c é")),
    offset(table(int(7))),
    offset(vector([1, 2].map((it) => table(int(it))))),
    offset(ints([1, -2])),
    offset(longs([3, -4])),
    offset(floats([0.25])),
    offset(data({ byteLength: 2, bytes: () => Uint8Array.of(8, 9) })),
  );

/** Reads everything in the sample. */
function readAll(root: FlatTable): unknown[] {
  return [
    root.byte(0),
    root.int(1),
    root.float(2),
    root.text(3, 99),
    root.table(4, "the inner table")?.int(0),
    root.tables(5, "an inner table", 2).map((it) => it.int(0)),
    root.ints(6, 2),
    root.longs(7, 2),
    root.floats(8, 1),
    [...root.bytes(9)],
    root.count(6),
  ];
}

Deno.test("flatRoot() reads fields of each type", () => {
  assert.deepEqual(readAll(flatRoot(sample(), "the file")), [
    -3,
    -70000,
    0.5,
    "Mixed_7c é",
    7,
    [1, 2],
    [1, -2],
    [3, -4],
    [0.25],
    [8, 9],
    2,
  ]);
});

Deno.test("flatRoot() says what the caller does of absent fields", () => {
  const root = flatRoot(encode(int(1)), "the file");
  assert.equal(root.byte(3, 5), 5);
  assert.equal(root.int(3, 5), 5);
  assert.equal(root.long(3, 5), 5);
  assert.equal(root.float(3, 5), 5);
  assert.equal(root.table(3, "the inner table"), undefined);
  assert.equal(root.text(3, 9), "");
  assert.deepEqual(root.tables(3, "an inner table", 9), []);
  assert.deepEqual(root.ints(3, 9), []);
  assert.equal(root.bytes(3).length, 0);
  assert.equal(root.count(3), 0);
});

Deno.test("flatRoot() gives views of bytes, also where the file begins later", () => {
  const file = sample();
  const later = new Uint8Array(file.length + 3).subarray(3);
  later.set(file);
  const bytes = flatRoot(later, "the file").bytes(9);
  assert.deepEqual([...bytes], [8, 9]);
  assert.equal(bytes.buffer, later.buffer);
});

Deno.test("flatRoot() reads no more of a text or a vector than is asked for", () => {
  const root = flatRoot(sample(), "the file");
  assert.equal(root.text(3, 5), "Mixed");
  assert.throws(
    () => root.ints(6, 1),
    new CorruptWeightsError(
      "Cannot read the file as field 6 must have <= 1 values: it has 2",
    ),
  );
});

Deno.test("flatRoot() refuses what doesn't lie in the file", () => {
  const file = sample();
  let refused = 0;
  for (let length = 0; length < file.length; length++) {
    refused += refusals(file.slice(0, length));
  }
  // Its final padding may be missing.
  assert.ok(refused > file.length - 16, `${refused} of ${file.length}`);
  for (let at = 0; at < file.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const damaged = file.slice();
      damaged[at] = value;
      refused += refusals(damaged);
    }
  }
  assert.ok(refused > 2 * file.length);
});

/** Returns 1 if a typed error refuses the file. */
function refusals(file: Uint8Array): number {
  try {
    readAll(flatRoot(file, "the file"));
    return 0;
  } catch (error) {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    return 1;
  }
}
