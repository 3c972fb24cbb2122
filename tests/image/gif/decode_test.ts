import assert from "node:assert/strict";
import {
  decodeImage,
  preprocess,
  readImageHeader,
} from "../../../src/image/mod.ts";
import { joined } from "../../joined.ts";
import { animation, CASES, expectedFrame } from "../animation/fixtures.ts";
import { maxDifference } from "../fixtures.ts";
import { blocks, literals, makeGif, packed } from "./make_gif.ts";

const COLORS = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9];
const DOT = { width: 1, height: 1, data: literals([1]) };

for (const it of CASES.filter(({ file }) => file.endsWith(".gif"))) {
  Deno.test(`decodeImage() shows the first frame of ${it.file} (${it.note})`, async () => {
    const image = await decodeImage(animation(it.file));
    assert.equal(maxDifference(image, expectedFrame(it, 0)), 0);
    const { length } = it.times;
    const { frames = 1 } = readImageHeader(animation(it.file));
    assert.equal(frames, length);
  });
}

Deno.test("decodeImage() gives a GIF's first frame whatever follows it", async () => {
  const whole = animation("disposals.gif");
  const image = await decodeImage(whole);
  const second = whole.indexOf(0x2c, 600);
  for (let length = second; length < whole.length; length += 5) {
    const cut = whole.subarray(0, length);
    assert.deepEqual(await decodeImage(cut), image, `${length} bytes`);
  }
  const garbage = crypto.getRandomValues(new Uint8Array(500));
  assert.deepEqual(await decodeImage(joined(whole, garbage)), image);
});

Deno.test("decodeImage() refuses a GIF that is cut in its first frame, whatever is allowed", async () => {
  for (const file of ["still.gif", "interlaced.gif", "one_bit.gif"]) {
    const bytes = animation(file);
    // Without the end of its data and the trailer, all pixels are still there.
    for (let length = 6; length < bytes.length - 5; length += 7) {
      const cut = bytes.subarray(0, length);
      for (const allowTruncated of [false, true]) {
        await assert.rejects(
          decodeImage(cut, { allowTruncated }),
          { name: "CorruptImageError", format: "gif" },
          `${length} bytes of ${file}`,
        );
      }
    }
  }
});

Deno.test("decodeImage() refuses data of a GIF that can't be", async () => {
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["ends before its last pixel", literals([0, 1, 2])],
    ["ends before its last pixel", packed([4, 1, 5, 1, 1, 1], 2)],
    ["ends before its last pixel", blocks(new Uint8Array(), 2)],
    // A code that isn't defined yet, and one after a clear.
    ["isn't compressed as a GIF's", packed([4, 0, 7, 5], 2)],
    ["isn't compressed as a GIF's", packed([4, 6, 5], 2)],
    ["its colours have 0 bits", blocks(Uint8Array.of(1), 0)],
    ["its colours have 9 bits", blocks(Uint8Array.of(1), 9)],
  ];
  for (const [why, data] of cases) {
    const gif = makeGif(2, 2, COLORS, [{ width: 2, height: 2, data }]);
    await assert.rejects(decodeImage(gif), {
      name: "CorruptImageError",
      message: new RegExp(why),
    });
  }
});

Deno.test("decodeImage() refuses a GIF without a frame, or without pixels", async () => {
  const none = makeGif(2, 2, COLORS, []);
  await assert.rejects(decodeImage(none), /it has no frame/);
  const empty = makeGif(0, 0, COLORS, [{ ...DOT, width: 0, height: 0 }]);
  await assert.rejects(decodeImage(empty), {
    name: "CorruptImageError",
    message: /0x0 pixels/,
  });
});

Deno.test("decodeImage() shows an empty first frame of a GIF as white", async () => {
  const gif = makeGif(2, 1, COLORS, [{ ...DOT, width: 0 }]);
  const { data } = await decodeImage(gif);
  assert.deepEqual([...data], Array(8).fill(255));
});

Deno.test("decodeImage() takes a first frame of a GIF for its canvas where that is 0x0", async () => {
  const frame = { width: 2, height: 1, data: literals([2, 0]) };
  const { data, width, height } = await decodeImage(
    makeGif(0, 0, COLORS, [frame]),
  );
  assert.deepEqual([width, height], [2, 1]);
  assert.deepEqual([...data], [0, 0, 255, 255, 255, 0, 0, 255]);
});

Deno.test("decodeImage() gives black for a colour that a GIF's palette lacks", async () => {
  const frame = { width: 2, height: 1, data: literals([7, 1], 3) };
  const { data } = await decodeImage(makeGif(2, 1, COLORS, [frame]));
  assert.deepEqual([...data], [0, 0, 0, 255, 0, 255, 0, 255]);
});

Deno.test("preprocess() refuses a GIF of more pixels than it may have before it decodes any", async () => {
  const data = literals([0]);
  const large = { width: 65_535, height: 65_535, data };
  const squash = { crop: { kind: "squash" }, resize: "antialiased" } as const;
  await assert.rejects(
    preprocess(makeGif(1, 1, COLORS, [large]), 9, squash),
    { name: "ImageTooLargeError", message: /a GIF of 65535x65535/ },
  );
  const interlaced = { width: 9, height: 9, data, interlaced: true };
  await assert.rejects(
    preprocess(makeGif(9, 9, COLORS, [interlaced]), 9, squash, {
      maxMemory: 4 * 81 - 1,
    }),
    { name: "ImageTooLargeError", message: /maxMemory/ },
  );
});

Deno.test("a GIF whose data has millions of codes and no pixel lets other work run", async () => {
  // The 3-bit clear code, 4, over and over.
  const clears = Uint8Array.from(
    { length: 3 << 18 },
    (_, i) => [0x24, 0x49, 0x92][i % 3]!,
  );
  const bytes = makeGif(1, 1, COLORS, [{ ...DOT, data: blocks(clears, 2) }]);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await assert.rejects(decodeImage(bytes), /ends before its last pixel/);
  clearInterval(timer);
  assert.ok(ticks > 0);
});
