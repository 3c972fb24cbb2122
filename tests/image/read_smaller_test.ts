import assert from "node:assert/strict";
import { decodeImage } from "../../src/image/mod.ts";
import { openImage } from "../../src/image/read_smaller.ts";
import { watchMemory } from "../watch_memory.ts";
import { DECODE_CASES, fixture } from "./fixtures.ts";
import { mosaicJpeg } from "./jpeg/mosaic.ts";

/** The margins of the parts, at each edge of the image. */
const MARGINS = [0, 4, 5];

for (const { file } of DECODE_CASES) {
  Deno.test(`openImage() reads parts of ${file} as those of its pixels`, async () => {
    const bytes = fixture(file);
    const pixels = await openImage(await decodeImage(bytes), {});
    const { width, height, readSmaller } = await openImage(bytes, {});
    assert.deepEqual([width, height], [pixels.width, pixels.height]);
    for (const margin of MARGINS) {
      const part = {
        left: margin,
        top: margin,
        width: width - 2 * margin,
        height: height - 2 * margin,
      };
      if (Math.min(part.width, part.height) < 1) continue;
      const longer = Math.max(part.width, part.height);
      // At its size, a third and a half.
      for (const scale of [1, 3, 2]) {
        const side = Math.ceil(longer / scale);
        const [read, expected] = await Promise.all([
          readSmaller(part, side),
          pixels.readSmaller(part, side),
        ]);
        assert.deepEqual(
          [read.width, read.height],
          [expected.width, expected.height],
        );
        assert.ok(Math.max(read.width, read.height) <= side);
        const difference = meanDifference(read.data, expected.data);
        const isScaled = file.endsWith(".jpg") && scale === 2;
        // A JPEG that is decoded at a smaller scale would start between two pixels.
        if (isScaled && margin % 2 === 1) continue;
        const most = isScaled ? 9 : 0;
        assert.ok(difference <= most, `${difference} at 1/${scale}`);
      }
    }
  });
}

Deno.test("openImage() reads phones' photos of any size in bounded memory", async () => {
  const levelAt = (x: number, y: number) => 20 + 150 * x + 80 * y;
  for (const progressive of [false, true]) {
    const bytes = mosaicJpeg(16320, 12240, levelAt, progressive);
    // A progressive one takes 16 bytes per block.
    const maxMemory = progressive ? 52e6 : 3e6;
    using watch = watchMemory();
    const photo = await openImage(bytes, { maxMemory });
    const part = { left: 0, top: 0, width: 16320, height: 12240 };
    const { data, width, height } = await photo.readSmaller(part, 1024);
    assert.deepEqual([width, height], [1020, 765]);
    assert.ok(watch.mostBytes() <= maxMemory + 65_536);
    for (
      const [x, y] of [[0, 0], [1019, 0], [500, 300], [1019, 764]] as const
    ) {
      const level = levelAt(x / width, y / height);
      assert.ok(Math.abs(data[(y * width + x) * 4]! - level) <= 2);
    }
  }
});

function meanDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}
