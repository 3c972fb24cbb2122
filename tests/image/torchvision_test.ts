import assert from "node:assert/strict";
import {
  type CropAndResize,
  cropAndResize,
  type Pixels,
  preprocess,
} from "../../src/image/mod.ts";
import { cropBox } from "../../src/image/crop.ts";
import { decodeFixture, fixture, maxDifference, noise } from "./fixtures.ts";

/** torchvision's or Pillow's result for an adjacent source, or for an example's photo. */
type CropCase =
  & CropAndResize
  & { readonly size: number }
  & (
    | { readonly source: string; readonly expected: string }
    | { readonly photo: string; readonly sha256: string }
  );

interface FloatCase {
  readonly source: string;
  readonly size: number;
  readonly expected: string;
}

for (const { size, ...it } of read<CropCase>("crops.json")) {
  const { crop, resize } = it;
  const geometry = { crop, resize };
  if ("photo" in it) {
    Deno.test(`preprocess() of ${it.photo} equals torchvision's: ${nameOf(geometry)}`, async () => {
      const url = new URL(`../../examples/photos/${it.photo}`, import.meta.url);
      const input = await preprocess(Deno.readFileSync(url), size, geometry);
      const hash = await crypto.subtle.digest("SHA-256", rgbOf(input));
      assert.equal(new Uint8Array(hash).toHex(), it.sha256);
    });
    continue;
  }
  Deno.test(`preprocess() and cropAndResize() of ${it.source} to ${size} equal torchvision's: ${nameOf(geometry)}`, async () => {
    const expected = await decodeFixture(`torchvision/${it.expected}`);
    const bytes = fixture(`torchvision/${it.source}`);
    const image = await decodeFixture(`torchvision/${it.source}`);
    for (
      const input of [
        await preprocess(bytes, size, geometry),
        cropAndResize(image, size, geometry),
      ]
    ) {
      assert.equal(maxDifference(input, expected), 0);
    }
  });
}

for (const { source, size, expected } of read<FloatCase>("float.json")) {
  Deno.test(`the half-pixel resize of ${source} to ${size} is PyTorch's, rounded`, async () => {
    const levels = new Float32Array(fixture(`torchvision/${expected}`).buffer);
    const image = await decodeFixture(`torchvision/${source}`);
    const input = cropAndResize(image, size, {
      crop: { kind: "squash" },
      resize: "half-pixel",
    });
    const most = rgbOf(input).reduce(
      (most, it, i) => Math.max(most, Math.abs(it - levels[i]!)),
      0,
    );
    assert.equal(levels.length, size * size * 3);
    assert.ok(most > 0 && most < 0.501, `differs by ${most} levels`);
  });
}

Deno.test("cropAndResize() at another size keeps the part that the rule keeps", () => {
  const image = noise(60, 40);
  for (const resize of ["antialiased", "bicubic", "half-pixel"] as const) {
    const make = (to: number, size: number) =>
      cropAndResize(image, 32, { crop: { kind: "resize", to, size }, resize });
    const expected = make(40, 32);
    for (const size of [16, 64]) {
      assert.deepEqual(make(size * 40 / 32, size), expected);
    }
  }
});

Deno.test("cropBox() gives the part of the image that is kept of the resized one", () => {
  const crop = { kind: "resize", to: 342, size: 299 } as const;
  // 456 x 342: round(78.5) is 78, round(21.5) is 22.
  const scale = 480 / 342;
  const box = cropBox(640, 480, crop);
  assert.ok(Math.abs(box.left - 78 * 640 / 456) < 1e-9);
  assert.ok(Math.abs(box.top - 22 * scale) < 1e-9);
  assert.ok(Math.abs(box.width - 299 * scale) < 1e-9);
  assert.ok(Math.abs(box.height - 299 * scale) < 1e-9);
});

for (const resize of ["antialiased", "bicubic", "half-pixel"] as const) {
  Deno.test(`preprocess() makes a small input of an image of any shape: ${resize}`, async () => {
    const extreme = [[1, 1], [1, 3000], [3000, 1], [2, 5]] as const;
    for (const [width, height] of extreme) {
      for (const [to, size] of [[65535, 1], [65535, 65535], [1, 1]] as const) {
        const crop = { kind: "resize", to, size } as const;
        const image = noise(width, height);
        const input = await preprocess(image, 3, { crop, resize });
        assert.deepEqual([input.width, input.height], [3, 3]);
      }
    }
  });
}

function read<T>(name: string): readonly T[] {
  const bytes = fixture(`torchvision/${name}`);
  return JSON.parse(new TextDecoder().decode(bytes));
}

function rgbOf({ data }: Pixels): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(data.filter((_, i) => i % 4 < 3));
}

function nameOf({ crop, resize }: CropAndResize): string {
  const { kind, ...numbers } = crop;
  return [resize, kind, ...Object.values(numbers)].join(" ");
}
