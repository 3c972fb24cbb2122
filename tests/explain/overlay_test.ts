import assert from "node:assert/strict";
import { drawOverlay } from "../../src/explain/overlay.ts";
import { decodeImage, type Pixels } from "../../src/image/mod.ts";
import { fixture } from "../image/fixtures.ts";
import { explanationOf } from "./maps.ts";

/** The sum of a pixel's R, G and B. */
function brightness({ data, width }: Pixels, x: number, y: number): number {
  const at = (y * width + x) * 4;
  return data[at]! + data[at + 1]! + data[at + 2]!;
}

function grey(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4).fill(100);
  for (let at = 3; at < data.length; at += 4) data[at] = 255;
  return { data, width, height };
}

Deno.test("drawOverlay() draws what the network sees, the lighter where more speaks for the class", async () => {
  const crop = { left: 2, top: 0, width: 8, height: 8 };
  const photo = grey(12, 8);
  const before = photo.data.slice();
  const picture = await drawOverlay(
    photo,
    explanationOf([[-9, 1], [2, 4]], crop),
  );
  assert.deepEqual([picture.width, picture.height], [8, 8]);
  const corners = [[0, 0], [7, 0], [0, 7], [7, 7]] as const;
  const levels = corners.map(([x, y]) => brightness(picture, x, y));
  assert.deepEqual(levels, levels.toSorted((a, b) => a - b));
  assert.equal(new Set(levels).size, 4);
  for (let at = 3; at < picture.data.length; at += 4) {
    assert.equal(picture.data[at], 255);
  }
  assert.deepEqual(photo.data, before);
});

Deno.test("drawOverlay() is dark all over where nothing speaks for the class", async () => {
  const crop = { left: 0, top: 0, width: 4, height: 4 };
  for (const cells of [[[0, 0]], [[-1, -2]]]) {
    const picture = await drawOverlay(grey(4, 4), explanationOf(cells, crop));
    assert.ok(brightness(picture, 0, 0) < 3 * 100 / 2);
    assert.equal(brightness(picture, 0, 0), brightness(picture, 3, 3));
  }
});

Deno.test("drawOverlay() draws a large photo smaller, by the means of its pixels", async () => {
  const [width, height] = [1500, 3];
  const photo = grey(width, height);
  for (let x = 0; x < width; x += 2) photo.data[x * 4] = 200;
  const crop = { left: 0, top: 0, width, height };
  const picture = await drawOverlay(photo, explanationOf([[0]], crop));
  assert.deepEqual([picture.width, picture.height], [750, 1]);
  const reds = picture.data.filter((_, at) => at % 4 === 0);
  assert.equal(new Set(reds).size, 1);
});

Deno.test("drawOverlay() draws whole pixels of a part that begins between two", async () => {
  const crop = { left: 2.4, top: 0.3, width: 7.2, height: 7.3 };
  const whole = { left: 2, top: 0, width: 8, height: 8 };
  const [picture, expected] = await Promise.all(
    [crop, whole].map((it) =>
      drawOverlay(grey(12, 8), explanationOf([[1, 2]], it, whole))
    ),
  );
  assert.deepEqual(picture, expected);
});

Deno.test("drawOverlay() rejects another photo", async () => {
  const crop = { left: 0, top: 0, width: 8, height: 8 };
  await assert.rejects(
    drawOverlay(grey(8, 7), explanationOf([[1]], crop)),
    { name: "ArgumentError" },
  );
});

Deno.test("drawOverlay() takes a file, and turns it upright", async () => {
  const file = fixture("orientation_6.jpg");
  const photo = await decodeImage(file);
  const crop = { left: 3, top: 2, width: 10, height: 21 };
  const explanation = explanationOf([[1, 0], [0, 2]], crop);
  assert.deepEqual(
    await drawOverlay(file, explanation),
    await drawOverlay(photo, explanation),
  );
  await assert.rejects(drawOverlay(file, explanation, { maxPixels: 9 }), {
    name: "ImageTooLargeError",
  });
});
