import assert from "node:assert/strict";
import { AbortedError } from "../../src/errors.ts";
import {
  type CropAndResize,
  cropAndResize,
  decodeImage,
  preprocess,
} from "../../src/image/mod.ts";
import { DECODE_CASES, fixture } from "./fixtures.ts";
import { assertSamePixels, jpegFixture, photo } from "./jpeg/fixtures.ts";

const SQUASH: CropAndResize = {
  crop: { kind: "squash" },
  resize: "antialiased",
};
const CENTER: CropAndResize = {
  crop: { kind: "center", fraction: 0.7 },
  resize: "antialiased",
};
const RESIZE: CropAndResize = {
  crop: { kind: "resize", to: 17, size: 12 },
  resize: "antialiased",
};

for (const { file } of DECODE_CASES) {
  Deno.test(`preprocess() equals decodeImage() and cropAndResize() on ${file}`, async () => {
    const bytes = fixture(file);
    const image = await decodeImage(bytes);
    for (const { crop } of [SQUASH, CENTER, RESIZE]) {
      for (const resize of ["antialiased", "bicubic", "half-pixel"] as const) {
        const at = { crop, resize };
        assertSamePixels(
          await preprocess(bytes, 12, at),
          cropAndResize(image, 12, at),
        );
      }
    }
  });
}

for (const size of [11, 22, 44]) {
  Deno.test(`preprocess() keeps a photo within 2 levels on average at ${size} pixels`, async () => {
    for (
      const geometry of [
        SQUASH,
        CENTER,
        RESIZE,
        { ...RESIZE, resize: "bicubic" } as const,
      ]
    ) {
      const bytes = photo("stream");
      const input = await preprocess(bytes, size, geometry);
      const whole = cropAndResize(await decodeImage(bytes), size, geometry);
      const mean = meanDifference(input.data, whole.data);
      assert.ok(mean > 0 && mean < 2, `differs by ${mean} levels`);
    }
  });
}

for (let orientation = 1; orientation <= 8; orientation++) {
  Deno.test(`preprocess() scales an image of orientation ${orientation} about the same point`, async () => {
    // 53 x 43: at a half and a quarter of the size, the last pixels are partial.
    const bytes = withOrientation(jpegFixture("baseline_444"), orientation);
    for (
      const [size, geometry] of [[10, SQUASH], [5, SQUASH], [
        5,
        RESIZE,
      ]] as const
    ) {
      const input = await preprocess(bytes, size, geometry);
      const whole = cropAndResize(await decodeImage(bytes), size, geometry);
      const mean = meanDifference(input.data, whole.data);
      assert.ok(mean > 0 && mean < 2, `differs by ${mean} levels`);
    }
  });
}

Deno.test("preprocess() refuses what decodeImage() and cropAndResize() refuse", async () => {
  const bytes = fixture("color.jpg");
  await assert.rejects(preprocess(bytes, 0, SQUASH), { name: "ArgumentError" });
  const wrong = { size: 299 } as unknown as number;
  await assert.rejects(preprocess(bytes, wrong, SQUASH), {
    name: "ArgumentError",
    message:
      "Cannot read an input as size must be a whole number >= 1: current value is an Object",
  });
  await assert.rejects(preprocess(bytes, 8, SQUASH, { maxPixels: 9 }), {
    name: "ImageTooLargeError",
  });
  await assert.rejects(preprocess(new Uint8Array(), 8, SQUASH), {
    name: "UnsupportedImageError",
  });
  const geometry = {
    ...SQUASH,
    crop: { kind: "center", fraction: 2 },
  } as const;
  await assert.rejects(preprocess(bytes, 8, geometry), {
    name: "ArgumentError",
  });
  await assert.rejects(
    preprocess(bytes, 8, SQUASH, { signal: AbortSignal.abort() }),
    AbortedError,
  );
});

Deno.test("preprocess() tells what each stage took", async () => {
  for (const file of ["color.jpg", "color.png"]) {
    let told = 0;
    await preprocess(fixture(file), 8, SQUASH, {
      onTimings({ decode, resize }) {
        told++;
        assert.ok(decode > 0 && resize > 0);
      },
    });
    assert.equal(told, 1);
  }
});

function meanDifference(
  a: Uint8Array | Uint8ClampedArray,
  b: Uint8Array | Uint8ClampedArray,
): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / (a.length / 4 * 3);
}

/** A JPEG with an EXIF segment that has only its orientation. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  // deno-fmt-ignore
  const segment = [
    0xff, 0xe1, 0, 34, ...new TextEncoder().encode("Exif\0\0MM\0*"),
    0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
  ];
  return Uint8Array.from([0xff, 0xd8, ...segment, ...jpeg.subarray(2)]);
}
