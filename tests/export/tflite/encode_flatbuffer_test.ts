import assert from "node:assert/strict";
import { ByteBuffer } from "flatbuffers";
import {
  byte,
  data,
  encodeFlatbuffer,
  float,
  int,
  type Item,
  longs,
  offset,
  table,
  text,
  vector,
} from "../../../src/export/tflite/encode_flatbuffer.ts";

/** Reads the bytes with the format's official package. */
function read(root: Item): ByteBuffer {
  const parts = encodeFlatbuffer(root, "TFL3").map((it) =>
    it instanceof Uint8Array ? it : it.bytes()
  );
  return new ByteBuffer(
    Uint8Array.from(parts.flatMap((it) => [...it])),
  );
}

/** The offset of a table's field, or null if it is left out. */
function fieldOf(bytes: ByteBuffer, at: number, field: number): number | null {
  const found = bytes.__offset(at, 4 + 2 * field);
  return found === 0 ? null : at + found;
}

Deno.test("a table has its fields by their number, and not those left out", () => {
  const bytes = read(
    table(
      byte(-3),
      undefined,
      int(70000),
      float(0.5),
      offset(longs([-128, 3])),
    ),
  );
  const root = bytes.readInt32(0);
  assert.equal(bytes.getBufferIdentifier(), "TFL3");
  assert.equal(bytes.readInt8(fieldOf(bytes, root, 0)!), -3);
  assert.equal(fieldOf(bytes, root, 1), null);
  assert.equal(bytes.readInt32(fieldOf(bytes, root, 2)!), 70000);
  assert.equal(bytes.readFloat32(fieldOf(bytes, root, 3)!), 0.5);
  const numbers = fieldOf(bytes, root, 4)!;
  const values = bytes.__vector(numbers);
  assert.equal(values % 8, 0);
  assert.equal(bytes.__vector_len(numbers), 2);
  assert.equal(bytes.readInt64(values), -128n);
  assert.equal(bytes.readInt64(values + 8), 3n);
});

Deno.test("vectors of bytes begin at a multiple of 16, whatever is around them", () => {
  for (let length = 0; length < 40; length++) {
    const content = Uint8Array.from({ length }, (_, i) => i);
    const buffer = (bytes: Uint8Array) =>
      table(offset(data({ byteLength: bytes.length, bytes: () => bytes })));
    const bytes = read(table(
      offset(text("x".repeat(length % 7))),
      offset(vector([buffer(content), buffer(content.toReversed())])),
    ));
    const root = bytes.readInt32(0);
    const name = fieldOf(bytes, root, 0)!;
    assert.equal(bytes.__string(name + 0), "x".repeat(length % 7));
    const tables = bytes.__vector(fieldOf(bytes, root, 1)!);
    for (const [i, expected] of [content, content.toReversed()].entries()) {
      const at = bytes.__indirect(tables + 4 * i);
      const start = bytes.__vector(fieldOf(bytes, at, 0)!);
      assert.equal(start % 16, 0);
      const found = bytes.bytes().subarray(start, start + length);
      assert.deepEqual(found, expected);
    }
  }
});
