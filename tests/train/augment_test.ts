import assert from "node:assert/strict";
import { mirrored, randomView } from "../../src/train/augment.ts";
import { noise, randomNumbers } from "../random.ts";

/** Each pixel encodes its position: red is its column, green its row. */
function ramp(width: number, height: number) {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    data.set([i % width, Math.floor(i / width), 0, 255], i * 4);
  }
  return { data, width, height };
}

Deno.test("mirrored() turns left and right around, and is its own inverse", () => {
  const photo = { data: noise(5).slice(0, 5 * 3 * 4), width: 5, height: 3 };
  const turned = mirrored(photo);
  for (let y = 0; y < 3; y++) {
    for (let x = 0; x < 5; x++) {
      assert.deepEqual(pixel(turned, x, y), pixel(photo, 4 - x, y));
    }
  }
  assert.deepEqual(mirrored(turned), photo);
});

Deno.test("randomView() gives parts of a third or more, upright or mirrored", () => {
  const photo = ramp(200, 160);
  const random = randomNumbers(3);
  let flipped = 0;
  const places = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const view = randomView(photo, 20, { resize: "half-pixel" }, random);
    assert.deepEqual([view.width, view.height], [20, 20]);
    const [left, top] = pixel(view, 0, 10) as [number, number];
    const [right] = pixel(view, 19, 10) as [number];
    const [, bottom] = pixel(view, 10, 19) as [number, number];
    if (left > right) flipped++;
    const width = Math.abs(right - left) * 20 / 19;
    const height = (bottom - pixel(view, 10, 0)[1]!) * 20 / 19;
    const area = width * height / (200 * 160);
    assert.ok(area > 0.3 && area <= 1.1, `${area}`);
    const aspect = width / height;
    assert.ok(aspect > 0.65 && aspect < 1.55, `${aspect}`);
    places.add(`${left} ${top}`);
  }
  assert.ok(flipped > 70 && flipped < 130, `${flipped} of 200`);
  assert.ok(places.size > 100);
});

Deno.test("randomView() copes with photos of a pixel, and of a row", () => {
  const random = randomNumbers(3);
  for (const [width, height] of [[1, 1], [300, 1], [1, 300]] as const) {
    const photo = ramp(width, height);
    for (let i = 0; i < 20; i++) {
      const view = randomView(photo, 8, { resize: "antialiased" }, random);
      assert.equal(view.data.length, 8 * 8 * 4);
    }
  }
});

Deno.test("randomView() repeats, and leaves the photo as it is", () => {
  const photo = ramp(50, 40);
  const views = [1, 1].map((seed) =>
    randomView(photo, 16, { resize: "antialiased" }, randomNumbers(seed))
  );
  assert.deepEqual(views[0], views[1]);
  assert.deepEqual(photo, ramp(50, 40));
});

function pixel(
  { data, width }: { data: ArrayLike<number>; width: number },
  x: number,
  y: number,
): number[] {
  return Array.from({ length: 4 }, (_, c) => data[(y * width + x) * 4 + c]!);
}
