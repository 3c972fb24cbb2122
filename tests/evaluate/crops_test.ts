import assert from "node:assert/strict";
import { type Crop, cutCrop, multiCrops } from "../../src/evaluate/crops.ts";
import { noise } from "../random.ts";

/** `left,top,side` of the crops that aren't mirrored, with their weight. */
function places(crops: readonly Crop[]): string[] {
  return crops.filter(({ mirrored }) => !mirrored)
    .map(({ left, top, side, weight }) => `${left},${top} ${side} x${weight}`);
}

Deno.test("12 crops are the corners, the centre and all of the middle square", () => {
  assert.deepEqual(places(multiCrops(512, 256, 12)), [
    "128,0 224 x1",
    "160,0 224 x1",
    "128,32 224 x1",
    "160,32 224 x1",
    "144,16 224 x1",
    "128,0 256 x1",
  ]);
});

Deno.test("144 crops have the coordinates of GoogLeNet's paper in an image of its scale", () => {
  const crops = multiCrops(512, 256, 144);
  const first = places(crops).slice(0, 6 * 3);
  assert.deepEqual(first.slice(0, 6), [
    "0,0 224 x1",
    "32,0 224 x1",
    "0,32 224 x1",
    "32,32 224 x1",
    "16,16 224 x1",
    "0,0 256 x4", // The whole square is the same at all scales.
  ]);
  assert.ok(first.includes("128,0 256 x4"));
  assert.deepEqual(first.slice(12, 18), [
    "256,0 224 x1",
    "288,0 224 x1",
    "256,32 224 x1",
    "288,32 224 x1",
    "272,16 224 x1",
    "256,0 256 x4",
  ]);
  const sides = new Set(crops.map(({ side }) => side));
  const expected = [224, 256].concat(
    [288, 320, 352].map((scale) => Math.round(256 * 224 / scale)),
  );
  assert.deepEqual(sides, new Set(expected));
});

Deno.test("144 crops of a tall image are those of a wide one, turned", () => {
  const turned = multiCrops(640, 480, 144).map(({ left, top, side, weight }) =>
    `${top},${left} ${side} x${weight}`
  );
  const tall = multiCrops(480, 640, 144).map(({ left, top, side, weight }) =>
    `${left},${top} ${side} x${weight}`
  );
  assert.deepEqual(new Set(tall), new Set(turned));
});

Deno.test("crops that fall together are run once and weigh as many", () => {
  const distinct = (width: number, height: number) =>
    multiCrops(width, height, 144).length;
  assert.equal(distinct(640, 480), 126);
  assert.equal(distinct(480, 480), 42);
  assert.equal(distinct(1, 1), 2);
});

Deno.test("crops lie in the image and weigh as many as there are, whatever its size", () => {
  const sizes = [[1, 1], [1, 5000], [7, 3], [299, 299], [640, 427], [101, 100]];
  for (const [width, height] of sizes) {
    for (const count of [12, 144] as const) {
      const crops = multiCrops(width!, height!, count);
      assert.equal(crops.reduce((sum, { weight }) => sum + weight, 0), count);
      for (const { left, top, side } of crops) {
        const message = `${left},${top} ${side} in ${width}x${height}`;
        assert.ok(left >= 0 && top >= 0 && side >= 1, message);
        assert.ok(left + side <= width! && top + side <= height!, message);
      }
      const mirrored = crops.filter((crop) => crop.mirrored);
      assert.equal(mirrored.length * 2, crops.length);
    }
  }
});

Deno.test("cutCrop() takes the part's pixels, and mirrors them", () => {
  const image = { data: noise(9), width: 9, height: 9 };
  const before = image.data.slice();
  for (const mirrored of [false, true]) {
    const crop = { left: 2, top: 5, side: 4, mirrored, weight: 1 };
    const { data, width, height } = cutCrop(image, crop);
    assert.deepEqual([width, height], [4, 4]);
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 4; x++) {
        const from = ((5 + y) * 9 + 2 + (mirrored ? 3 - x : x)) * 4;
        const at = (y * 4 + x) * 4;
        assert.deepEqual(
          [...data.subarray(at, at + 4)],
          [...image.data.subarray(from, from + 4)],
        );
      }
    }
  }
  assert.deepEqual(image.data, before);
});
