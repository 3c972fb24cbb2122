import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import type { Orientation, Pixels } from "../../src/image/mod.ts";
import { orient } from "../../src/image/orientation.ts";
import { noise } from "./fixtures.ts";

/** Where the upright pixel (x, y) of a `w` x `h` stored image is stored. */
const STORED: Record<
  Orientation,
  (x: number, y: number, w: number, h: number) => readonly [number, number]
> = {
  1: (x, y) => [x, y],
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, h) => [y, h - 1 - x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, w) => [w - 1 - y, x],
};

/** Six of the eight are their own inverse; the quarter turns undo each other. */
const INVERSE: Record<Orientation, Orientation> = {
  1: 1,
  2: 2,
  3: 3,
  4: 4,
  5: 5,
  6: 8,
  7: 7,
  8: 6,
};

const anyOrientation = fc.constantFrom<Orientation>(1, 2, 3, 4, 5, 6, 7, 8);
const anyImage = fc.tuple(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
)
  .map(([width, height]) => noise(width, height));

Deno.test("orient() moves every pixel where EXIF says", () => {
  fc.assert(fc.property(anyImage, anyOrientation, (image, orientation) => {
    const upright = orient(image, orientation);
    const { width: w, height: h } = image;
    const swapped = orientation >= 5;
    assert.deepEqual(
      [upright.width, upright.height],
      swapped ? [h, w] : [w, h],
    );
    for (let y = 0; y < upright.height; y++) {
      for (let x = 0; x < upright.width; x++) {
        const [storedX, storedY] = STORED[orientation](x, y, w, h);
        assert.deepEqual(pixel(upright, x, y), pixel(image, storedX, storedY));
      }
    }
  }));
});

Deno.test("orient() is undone by its inverse", () => {
  fc.assert(fc.property(anyImage, anyOrientation, (image, orientation) => {
    const back = orient(orient(image, orientation), INVERSE[orientation]);
    assert.deepEqual(back, image);
  }));
});

Deno.test("orient() takes data that isn't aligned to four bytes", () => {
  const image = noise(5, 3);
  const buffer = new Uint8Array(image.data.length + 1);
  buffer.set(image.data, 1);
  const shifted = { ...image, data: buffer.subarray(1) };
  assert.deepEqual(orient(shifted, 6), orient(image, 6));
});

function pixel({ data, width }: Pixels, x: number, y: number): number[] {
  const at = (y * width + x) * 4;
  return [...data.subarray(at, at + 4)];
}
