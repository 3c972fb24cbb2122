import assert from "node:assert/strict";
import {
  type FloatEntry,
  isFloatEntry,
  readFloats,
} from "../../../src/weights/safetensors/floats.ts";

Deno.test("readFloats() expands every F16 as the platform does", () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const found = readFloats(
    entry("F16", 0, 131072),
    new Uint8Array(bits.buffer),
  );
  const expected = new Float16Array(bits.buffer);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(Object.is(found[i], expected[i]), `the bits ${i}`);
  }
});

Deno.test("readFloats() takes every BF16 as the upper half of an f32", () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const found = readFloats(
    entry("BF16", 0, 131072),
    new Uint8Array(bits.buffer),
  );
  const view = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < bits.length; i++) {
    view.setUint16(0, i);
    assert.ok(Object.is(found[i], view.getFloat32(0)), `the bits ${i}`);
  }
});

Deno.test("readFloats() reads values that aren't aligned, without aliasing them", () => {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setFloat32(3, -1.5, true);
  // As in a part of a memory that threads share.
  const shared = new Uint8Array(new SharedArrayBuffer(20), 4);
  shared.set(bytes);
  for (const data of [bytes, shared]) {
    const values = readFloats(entry("F32", 3, 4), data);
    assert.deepEqual([...values], [-1.5]);
    values[0] = 1;
    assert.deepEqual(data.slice(), bytes);
  }
});

Deno.test("isFloatEntry() tells floats from other types", () => {
  for (const dtype of ["F32", "F16", "BF16"] as const) {
    assert.ok(isFloatEntry(entry(dtype, 0, 4)));
  }
  for (const dtype of ["F64", "I64", "U8"] as const) {
    assert.ok(!isFloatEntry({ ...entry("F32", 0, 4), dtype }));
  }
});

function entry<D extends FloatEntry["dtype"]>(
  dtype: D,
  offset: number,
  length: number,
) {
  return { name: "a", dtype, shape: [], offset, length };
}
