import assert from "node:assert/strict";
import {
  type FloatEntry,
  isFloatEntry,
  readFloats,
} from "../../../src/weights/safetensors/floats.ts";

Deno.test("readFloats() expands F16 and BF16", () => {
  const data = Uint8Array.of(0x00, 0x3e, 0xc0, 0xbf); // 1.5 and -1.5.
  assert.deepEqual(
    readFloats(entry("F16", 0, 2), data),
    Float32Array.of(1.5),
  );
  assert.deepEqual(
    readFloats(entry("BF16", 2, 2), data),
    Float32Array.of(-1.5),
  );
});

Deno.test("readFloats() reads values that aren't aligned, without aliasing them", () => {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setFloat32(3, -1.5, true);
  // Like a part of a memory shared by threads.
  const shared = new Uint8Array(new SharedArrayBuffer(20), 4);
  shared.set(bytes);
  for (const data of [bytes, shared]) {
    const values = readFloats(entry("F32", 3, 4), data);
    assert.deepEqual([...values], [-1.5]);
    values[0] = 1;
    assert.deepEqual(data.slice(), bytes);
  }
});

Deno.test("readFloats() rounds f64 to f32", () => {
  const values = Float64Array.of(Math.PI, -1e-3, 1e39);
  const bytes = new Uint8Array(values.buffer);
  assert.deepEqual(
    [...readFloats(entry("F64", 8, 16), bytes)],
    [Math.fround(-1e-3), Infinity],
  );
});

Deno.test("isFloatEntry() tells floats from other types", () => {
  for (const dtype of ["F32", "F16", "BF16", "F64"] as const) {
    assert.ok(isFloatEntry(entry(dtype, 0, 4)));
  }
  for (const dtype of ["I64", "U8", "C64"] as const) {
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
