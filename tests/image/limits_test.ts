import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import {
  type CropAndResize,
  decodeImage,
  DEFAULT_MAX_MEMORY,
  DEFAULT_MAX_PIXELS,
  preprocess,
} from "../../src/image/mod.ts";
import { watchMemory } from "../watch_memory.ts";
import { fixture, maxDifference } from "./fixtures.ts";
import { mosaicJpeg } from "./jpeg/mosaic.ts";
import { makePng } from "./png/make_png.ts";
import { blankWebp } from "./webp/blank_webp.ts";

const SQUASH: CropAndResize = {
  crop: { kind: "squash" },
  resize: "antialiased",
};

/** Sizes of phone photos: 12, 50 and 200 megapixels. */
const PHOTOS = [[4032, 3024], [8160, 6144], [16320, 12240]] as const;

const levelAt = (x: number, y: number) => 20 + 150 * x + 80 * y * y;

Deno.test("preprocess() reads phones' photos of any size in 4 MB", async () => {
  using watch = watchMemory();
  const inputs = [];
  for (const [width, height] of PHOTOS) {
    const photo = mosaicJpeg(width, height, levelAt);
    inputs.push(await preprocess(photo, 75, SQUASH, { maxMemory: 4e6 }));
  }
  assert.ok(watch.mostBytes() < 4e6, `${watch.mostBytes()} bytes`);
  const levels = inputs[0]!.data.filter((_, i) => i % 4 === 0);
  assert.ok(Math.max(...levels) - Math.min(...levels) > 200);
  for (const input of inputs) assert.ok(maxDifference(input, inputs[0]!) <= 3);
});

Deno.test("preprocess() limits a progressive JPEG by the coefficients that it keeps", async () => {
  const [small, photo] = PHOTOS.map(([width, height]) =>
    mosaicJpeg(width, height, levelAt, true)
  );
  // At 1/8 of its size, 16 bytes per block, plus less than 1 MB.
  const bytes = 16 * 1020 * 768;
  using watch = watchMemory();
  await preprocess(photo!, 299, SQUASH, { maxMemory: bytes + 1e6 });
  assert.ok(watch.mostBytes() > bytes && watch.mostBytes() < bytes + 1e6);
  await assert.rejects(
    preprocess(photo!, 299, SQUASH, { maxMemory: bytes }),
    {
      name: "ImageTooLargeError",
      message:
        /^Cannot decode a JPEG of 8160x6144 pixels as it takes 1[23]\d{6} bytes of memory and the limit is 12533760: shrink the image or raise maxMemory$/,
    },
  );
  // At full size, 136 bytes per block.
  await assert.rejects(
    preprocess(small!, 299, { ...SQUASH, resize: "half-pixel" }, {
      maxMemory: 136 * 504 * 378,
    }),
    { name: "ImageTooLargeError", message: /raise maxMemory$/ },
  );
});

Deno.test("preprocess() reads a PNG of 12 megapixels in little more than a row", async () => {
  const [width, height] = [8064, 1512];
  const png = makePng({
    width,
    height,
    color: 0,
    depth: 8,
    data: deflateSync(new Uint8Array((width + 1) * height)),
  });
  using watch = watchMemory();
  const { data } = await preprocess(png, 75, SQUASH, { maxMemory: 3e5 });
  assert.ok(watch.mostBytes() <= 3e5, `${watch.mostBytes()} bytes`);
  assert.ok(data.every((it, i) => it === (i % 4 === 3 ? 255 : 0)));
});

Deno.test("preprocess() takes what is held whole up to maxMemory, by its header alone", async () => {
  for (const file of ["lossless.webp", "lossy.webp"]) {
    const bytes = fixture(file);
    const maxMemory = 12 * 31 * 26 + 2 * bytes.length;
    await preprocess(bytes, 8, SQUASH, { maxMemory });
    await assert.rejects(
      preprocess(bytes, 8, SQUASH, { maxMemory: maxMemory - 1 }),
      {
        name: "ImageTooLargeError",
        message: new RegExp(
          `it takes ${maxMemory} bytes of memory and the limit is ${
            maxMemory - 1
          }:`,
        ),
      },
    );
  }
  const maxed = blankWebp(16_383, 3051);
  await assert.rejects(preprocess(maxed, 8, SQUASH), {
    name: "ImageTooLargeError",
    message:
      "Cannot decode a WebP of 16383x3051 pixels as it takes 599814472 bytes of memory and the limit is 400000000: shrink the image or raise maxMemory",
  });
  assert.equal(DEFAULT_MAX_MEMORY, 400_000_000);
});

Deno.test("decodeImage() counts its result among the memory", async () => {
  const bytes = fixture("lossless.webp");
  const taken = 16 * 31 * 26 + 2 * bytes.length;
  await decodeImage(bytes, { maxMemory: taken });
  for (
    const [image, maxMemory] of [
      [bytes, taken - 1],
      [fixture("interlaced.png"), 9],
      [mosaicJpeg(80, 80, levelAt), 4 * 80 * 80],
      [mosaicJpeg(16320, 12240, () => 0), DEFAULT_MAX_MEMORY],
    ] as const
  ) {
    await assert.rejects(decodeImage(image, { maxMemory }), {
      name: "ImageTooLargeError",
      message: /bytes of memory and the limit is \d+: .* or raise maxMemory$/,
    });
  }
});

Deno.test("preprocess() limits work by the header alone", async () => {
  assert.ok(DEFAULT_MAX_PIXELS > 16320 * 12240);
  const bytes = mosaicJpeg(8, 8, levelAt);
  const frame = bytes.findIndex((b, i) => b === 0xff && bytes[i + 1] === 0xc0);
  new DataView(bytes.buffer).setUint32(frame + 5, 0xffff_ffff);
  await assert.rejects(preprocess(bytes, 75, SQUASH), {
    name: "ImageTooLargeError",
    limit: { of: "pixels", allowed: DEFAULT_MAX_PIXELS, found: 65535 ** 2 },
    message:
      "Cannot decode a JPEG of 65535x65535 pixels as these are 4294836225 and the limit is 250000000: shrink the image or raise maxPixels",
  });
});
