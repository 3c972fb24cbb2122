import assert from "node:assert/strict";
import {
  type CropAndResize,
  cropAndResize,
  type Pixels,
} from "../../src/image/mod.ts";
import { cropBox } from "../../src/image/crop.ts";
import { noise, plain } from "./fixtures.ts";

const SQUASH: CropAndResize = {
  crop: { kind: "squash" },
  resize: "antialiased",
};

Deno.test("cropBox() squashes all of the image", () => {
  assert.deepEqual(
    cropBox(640, 480, { kind: "squash" }),
    { left: 0, top: 0, width: 640, height: 480 },
  );
});

Deno.test("cropBox() takes the central square of the shorter side", () => {
  assert.deepEqual(
    cropBox(640, 480, { kind: "center", fraction: 0.875 }),
    { left: 110, top: 30, width: 420, height: 420 },
  );
  assert.deepEqual(
    cropBox(3, 500, { kind: "center", fraction: 1 }),
    { left: 0, top: 248, width: 3, height: 3 },
  );
});

Deno.test("cropBox() rounds half pixels to even, as torchvision does", () => {
  const lefts = [2, 4, 6, 8].map((side) =>
    cropBox(side + 1, side, { kind: "center", fraction: 1 }).left
  );
  assert.deepEqual(lefts, [0, 0, 0, 0]); // round(0.5) == 0
  assert.equal(cropBox(11, 8, { kind: "center", fraction: 1 }).left, 2); // 1.5
  assert.equal(cropBox(13, 8, { kind: "center", fraction: 1 }).left, 2); // 2.5
});

Deno.test("cropBox() keeps at least a pixel", () => {
  assert.deepEqual(
    cropBox(1, 1, { kind: "center", fraction: 0.001 }),
    { left: 0, top: 0, width: 1, height: 1 },
  );
});

Deno.test("cropAndResize() gives a square of the asked size", () => {
  for (const resize of ["antialiased", "half-pixel"] as const) {
    for (
      const crop of [{ kind: "squash" }, {
        kind: "center",
        fraction: 0.5,
      }] as const
    ) {
      const fitted = cropAndResize(noise(37, 18), 13, { crop, resize });
      assert.deepEqual([fitted.width, fitted.height], [13, 13]);
      assert.equal(fitted.data.length, 13 * 13 * 4);
    }
  }
});

Deno.test("cropAndResize() crops where cropBox() says", () => {
  const image = plain(9, 5, [255, 0, 0, 255]);
  for (let y = 1; y < 4; y++) {
    image.data.set(plain(3, 1, [0, 0, 255, 255]).data, (y * 9 + 3) * 4);
  }
  const fitted = cropAndResize(image, 3, {
    crop: { kind: "center", fraction: 0.6 },
    resize: "half-pixel",
  });
  assert.deepEqual(fitted, plain(3, 3, [0, 0, 255, 255]));
});

Deno.test("cropAndResize() takes an ImageData", () => {
  const fitted = cropAndResize(new ImageData(4, 2) as Pixels, 3, SQUASH);
  assert.deepEqual(fitted, plain(3, 3, [255, 255, 255, 255]));
});

Deno.test("cropAndResize() flattens alpha over white and leaves its input alone", () => {
  const image = plain(6, 4, [0, 100, 255, 128]);
  const fitted = cropAndResize(image, 5, SQUASH);
  assert.deepEqual(fitted, plain(5, 5, [127, 177, 255, 255]));
  assert.deepEqual(image, plain(6, 4, [0, 100, 255, 128]));
});

Deno.test("cropAndResize() refuses data of another length than its size says", () => {
  const data = new Uint8Array(11);
  assert.throws(
    () => cropAndResize({ data, width: 2, height: 2 }, 299, SQUASH),
    /data is 11 bytes: 2x2 pixels of RGBA need 16/,
  );
});

Deno.test("cropAndResize() refuses data that isn't bytes", () => {
  const data = new Float32Array(16) as unknown as Uint8Array;
  assert.throws(() => cropAndResize({ data, width: 2, height: 2 }, 4, SQUASH), {
    name: "ArgumentError",
    message: /Float32Array/,
  });
});

Deno.test("cropAndResize() refuses numbers outside their ranges", () => {
  const image = noise(2, 2);
  for (const size of [0, -1, 1.5, NaN]) {
    assert.throws(() => cropAndResize(image, size, SQUASH), {
      name: "ArgumentError",
      message:
        `Cannot resize an image as size must be a whole number >= 1: current value is ${size}`,
    });
  }
  for (const fraction of [0, -0.5, 1.01, NaN]) {
    const geometry = { ...SQUASH, crop: { kind: "center", fraction } } as const;
    assert.throws(() => cropAndResize(image, 4, geometry), {
      name: "ArgumentError",
    });
  }
  for (const width of [0, -2, 0.5, NaN]) {
    assert.throws(() => cropAndResize({ ...image, width }, 4, SQUASH), {
      name: "ArgumentError",
    });
  }
});
