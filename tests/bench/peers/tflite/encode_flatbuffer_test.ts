import assert from "node:assert/strict";
import { Builder, ByteBuffer } from "flatbuffers";
import {
  byte,
  byteVector,
  float,
  int,
  longVector,
  offset,
  table,
} from "../../../../bench/peers/tflite/encode_flatbuffer.ts";

/** The place of a table's field in the bytes, or null where it is left out. */
function fieldOf(bytes: ByteBuffer, at: number, field: number): number | null {
  const found = bytes.__offset(at, 4 + 2 * field);
  return found === 0 ? null : at + found;
}

Deno.test("a table has its fields by their number, and not those left out", () => {
  const builder = new Builder();
  const longs = longVector(builder, [-128, 3]);
  builder.finish(
    table(builder, byte(-3), undefined, int(70000), float(0.5), offset(longs)),
  );
  const bytes = new ByteBuffer(builder.asUint8Array());
  const root = bytes.readInt32(0);
  assert.equal(bytes.readInt8(fieldOf(bytes, root, 0)!), -3);
  assert.equal(fieldOf(bytes, root, 1), null);
  assert.equal(bytes.readInt32(fieldOf(bytes, root, 2)!), 70000);
  assert.equal(bytes.readFloat32(fieldOf(bytes, root, 3)!), 0.5);
  const vector = fieldOf(bytes, root, 4)!;
  const values = bytes.__vector(vector);
  assert.equal(bytes.__vector_len(vector), 2);
  assert.equal(bytes.readInt64(values), -128n);
  assert.equal(bytes.readInt64(values + 8), 3n);
});

Deno.test("a vector of bytes begins at a multiple of 16, whatever is around it", () => {
  for (let length = 0; length < 40; length++) {
    const builder = new Builder();
    const content = Uint8Array.from({ length }, (_, i) => i);
    builder.createString("x".repeat(length % 7));
    const vector = byteVector(builder, content);
    builder.finish(table(builder, offset(vector)), "TFL3");
    const bytes = new ByteBuffer(builder.asUint8Array());
    const field = fieldOf(bytes, bytes.readInt32(0), 0)!;
    const start = bytes.__vector(field);
    assert.equal(start % 16, 0);
    assert.deepEqual(bytes.bytes().subarray(start, start + length), content);
  }
});
