import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import type { Box } from "../../src/image/crop.ts";
import type { Orientation } from "../../src/image/exif.ts";
import { orient } from "../../src/image/orientation.ts";
import type { Pixels } from "../../src/image/pixels.ts";
import { startAntialiased } from "../../src/image/resize_antialiased.ts";
import { startHalfPixel } from "../../src/image/resize_half_pixel.ts";
import { CUBIC, TRIANGLE } from "../../src/image/resize_filter.ts";
import { type ResizePlan, resizeWhole } from "../../src/image/row_resize.ts";
import {
  decodeFixture,
  maxDifference,
  noise,
  plain,
  RESIZE_CASES,
} from "./fixtures.ts";

for (const { source, expected, method, size, box } of RESIZE_CASES) {
  const reference = method === "antialiased" ? "Pillow" : "TensorFlow";
  const part = `${box.width}x${box.height} at ${box.left},${box.top}`;
  Deno.test(`the ${method} resize equals ${reference}: ${part} of ${source} to ${size}`, async () => {
    const image = await decodeFixture(source);
    const resize = method === "antialiased"
      ? resizeAntialiased
      : resizeHalfPixel;
    const difference = maxDifference(
      resize(image, box, size),
      await decodeFixture(expected),
    );
    // Pillow uses integer arithmetic, which must be matched exactly.
    const tolerance = method === "antialiased" ? 0 : 1;
    assert.ok(difference <= tolerance, `differs by ${difference} levels`);
  });
}

function resizeAntialiased(image: Pixels, box: Box, size: number): Pixels {
  return resizeWhole(startAntialiased(plan(image, box, size), TRIANGLE), image);
}

function resizeBicubic(image: Pixels, box: Box, size: number): Pixels {
  return resizeWhole(startAntialiased(plan(image, box, size), CUBIC), image);
}

function resizeHalfPixel(image: Pixels, box: Box, size: number): Pixels {
  return resizeWhole(startHalfPixel(plan(image, box, size)), image);
}

function plan(stored: Pixels, box: Box, size: number): ResizePlan {
  const grid = { left: 0, top: 0, width: size, height: size };
  return { stored, orientation: 1, box, grid, size };
}

const side = fc.integer({ min: 1, max: 40 });
const level = fc.integer({ min: 0, max: 255 });

for (const resize of [resizeAntialiased, resizeBicubic, resizeHalfPixel]) {
  Deno.test(`${resize.name}() keeps a plain image plain`, () => {
    fc.assert(
      fc.property(side, side, side, level, (width, height, size, value) => {
        const color = [value, 255 - value, value >> 1, 255] as const;
        const image = plain(width, height, color);
        const result = resize(image, whole(image), size);
        assert.deepEqual(result, plain(size, size, color));
      }),
    );
  });

  Deno.test(`${resize.name}() to the same size changes nothing`, () => {
    fc.assert(fc.property(side, (size) => {
      const image = noise(size, size);
      assert.deepEqual(resize(image, whole(image), size), image);
    }));
  });

  if (resize === resizeBicubic) continue; // It sharpens edges.
  Deno.test(`${resize.name}() stays within the levels of the image`, () => {
    fc.assert(fc.property(side, side, side, (width, height, size) => {
      const image = noise(width, height);
      const { data } = resize(image, whole(image), size);
      for (let channel = 0; channel < 3; channel++) {
        const inside = (_: number, i: number) => i % 4 === channel;
        const before = [...image.data].filter(inside);
        const after = [...data].filter(inside);
        assert.ok(Math.min(...after) >= Math.min(...before));
        assert.ok(Math.max(...after) <= Math.max(...before));
      }
    }));
  });
}

Deno.test("resizeHalfPixel() sees nothing outside its box", () => {
  const image = noise(20, 20);
  const box = { left: 5, top: 6, width: 7, height: 8 };
  const masked = { ...image, data: image.data.slice() };
  for (let i = 0; i < 400; i++) {
    const x = i % 20, y = Math.floor(i / 20);
    const inside = x >= 5 && x < 12 && y >= 6 && y < 14;
    if (!inside) masked.data.fill(255, i * 4, i * 4 + 4);
  }
  assert.deepEqual(
    resizeHalfPixel(image, box, 11),
    resizeHalfPixel(masked, box, 11),
  );
});

for (let orientation = 1; orientation <= 8; orientation++) {
  Deno.test(`startAntialiased() of stored rows of orientation ${orientation} equals the resize of the upright image`, () => {
    const sizes = [[37, 23], [23, 37], [2, 250], [250, 2]] as const;
    for (const [width, height] of sizes) {
      const stored = noise(width, height);
      const upright = orient(stored, orientation as Orientation);
      const box = {
        left: upright.width * 0.2,
        top: upright.height * 0.1,
        width: upright.width * 0.7,
        height: upright.height * 0.6,
      };
      const resize = startAntialiased({
        ...plan(stored, box, 9),
        orientation: orientation as Orientation,
      }, TRIANGLE);
      for (let row = resize.top; row < resize.bottom; row++) {
        resize.addRow(stored.data, (row * width + resize.left) * 4);
      }
      assert.deepEqual(resize.finish(), resizeAntialiased(upright, box, 9));
    }
  });
}

function whole({ width, height }: { width: number; height: number }) {
  return { left: 0, top: 0, width, height };
}
