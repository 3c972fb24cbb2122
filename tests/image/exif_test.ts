import assert from "node:assert/strict";
import { readOrientation } from "../../src/image/exif.ts";

/** A TIFF structure with a make tag and an orientation. */
function exif(
  value: number,
  little: boolean,
  { type = 3, tag = 0x0112 } = {},
): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + 2 + 24 + 4));
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, 2, little);
  view.setUint16(10, 0x010f, little);
  view.setUint16(22, tag, little);
  view.setUint16(24, type, little);
  view.setUint32(26, 1, little);
  if (type === 4) view.setUint32(30, value, little);
  else view.setUint16(30, value, little);
  return new Uint8Array(view.buffer);
}

Deno.test("readOrientation() reads all eight values in both byte orders", () => {
  for (let value = 1; value <= 8; value++) {
    assert.equal(readOrientation(exif(value, true)), value);
    assert.equal(readOrientation(exif(value, false)), value);
  }
});

Deno.test("readOrientation() takes a LONG for a SHORT", () => {
  for (const little of [true, false]) {
    assert.equal(readOrientation(exif(6, little, { type: 4 })), 6);
  }
});

Deno.test("readOrientation() takes the prefix of a JPEG segment", () => {
  const prefix = new TextEncoder().encode("Exif\0\0");
  const bytes = Uint8Array.from([...prefix, ...exif(6, false)]);
  assert.equal(readOrientation(bytes), 6);
});

Deno.test("readOrientation() ignores malformed EXIF", () => {
  const outside = exif(6, true);
  outside.fill(0xff, 4, 8);
  const manyEntries = exif(6, true, { tag: 1 });
  manyEntries.fill(0xff, 8, 10);
  const cases = [
    new Uint8Array(),
    new TextEncoder().encode("Exif\0\0"),
    exif(0, true),
    exif(9, true),
    exif(6, true, { type: 2 }),
    exif(2 ** 16 + 6, true, { type: 4 }),
    exif(6, true, { tag: 1 }),
    exif(6, true).subarray(0, 28),
    exif(6, true).with(0, 0),
    exif(6, true).with(2, 41),
    outside,
    manyEntries,
  ];
  for (const bytes of cases) assert.equal(readOrientation(bytes), 1);
});
