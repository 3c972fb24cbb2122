import assert from "node:assert/strict";
import {
  bfloat16ToFloat32,
  float16ToFloat32,
} from "../../../src/weights/safetensors/floats.ts";
import { filled } from "../../filled.ts";

const ALL = filled(Uint16Array, 65536, (i) => i);

Deno.test("float16ToFloat32() expands every binary16 as the platform does", () => {
  const found = float16ToFloat32(ALL);
  const expected = new Float16Array(ALL.buffer);
  for (let i = 0; i < ALL.length; i++) {
    assert.ok(Object.is(found[i], expected[i]), `the bits ${i}`);
  }
});

Deno.test("bfloat16ToFloat32() takes every bfloat16 as the upper half of an f32", () => {
  const found = bfloat16ToFloat32(ALL);
  const view = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < ALL.length; i++) {
    view.setUint16(0, i);
    assert.ok(Object.is(found[i], view.getFloat32(0)), `the bits ${i}`);
  }
});
