import assert from "node:assert/strict";
import { encodePng } from "../../src/image/encode_png.ts";
import { decodeImage } from "../../src/image/mod.ts";
import { randomNumbers } from "../random.ts";

Deno.test("encodePng() gives a PNG that decodes to the same pixels", async () => {
  const random = randomNumbers(1);
  for (const [width, height] of [[1, 1], [1, 9], [9, 1], [37, 23]] as const) {
    for (const smooth of [true, false]) {
      const data = Uint8ClampedArray.from(
        { length: width * height * 4 },
        (_, i) => i % 4 === 3 ? 255 : smooth ? i / 4 * 3 : random() * 256,
      );
      const png = await encodePng({ data, width, height });
      const image = await decodeImage(png);
      assert.deepEqual([image.width, image.height], [width, height]);
      assert.deepEqual([...image.data], [...data]);
    }
  }
});

Deno.test("encodePng() leaves out alpha, and makes smooth images small", async () => {
  const [width, height] = [200, 100];
  const data = Uint8ClampedArray.from(
    { length: width * height * 4 },
    (_, i) => i % 4 === 3 ? 7 : (i >> 2) % width,
  );
  const png = await encodePng({ data, width, height });
  assert.ok(png.length < 2000, `${png.length}`);
  const image = await decodeImage(png);
  assert.ok(image.data.every((it, i) => it === (i % 4 === 3 ? 255 : data[i])));
});
