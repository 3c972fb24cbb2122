import assert from "node:assert/strict";
import {
  adobeTransform,
  detectColorSpace,
  isJfif,
} from "../../../src/image/jpeg/color_space.ts";
import type { Frame } from "../../../src/image/jpeg/frame.ts";

const latin1 = (text: string) =>
  Uint8Array.from(text, (it) => it.charCodeAt(0));

function frameOf(ids: string): Frame {
  return {
    width: 8,
    height: 8,
    isProgressive: false,
    components: Array.from(
      latin1(ids),
      (id) => ({ id, h: 1, v: 1, quantization: 0 }),
    ),
  };
}

Deno.test("detectColorSpace() believes JFIF, then Adobe, then the components' names", () => {
  const space = (ids: string, isJfif: boolean, adobeTransform?: number) =>
    detectColorSpace(frameOf(ids), { isJfif, adobeTransform });
  assert.equal(space("\x01", false), "grey");
  assert.equal(space("RGB", true, 0), "YCC");
  assert.equal(space("\x01\x02\x03", false, 0), "RGB");
  assert.equal(space("RGB", false, 1), "YCC");
  assert.equal(space("RGB", false), "RGB");
  assert.equal(space("\x01\x02\x03", false), "YCC");
  assert.equal(space("CMYK", false, 0), "CMYK");
  assert.equal(space("CMYK", false, 2), "YCCK");
});

Deno.test("isJfif() and adobeTransform() read their segments alone", () => {
  assert.ok(isJfif(latin1("JFIF\0\x01\x01\0\0\x01\0\x01\0\0")));
  assert.ok(!isJfif(latin1("JFXX\0\x01\x01\0\0\x01\0\x01\0\0")));
  assert.ok(!isJfif(latin1("JFIF\0")));
  assert.equal(adobeTransform(latin1("Adobe\0\x64\0\0\0\0\x02")), 2);
  assert.equal(adobeTransform(latin1("Adobe\0\x64")), undefined);
  assert.equal(adobeTransform(latin1("Ducky\0\x64\0\0\0\0\x02")), undefined);
});
