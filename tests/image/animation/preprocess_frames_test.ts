import assert from "node:assert/strict";
import type { CropAndResize, Pixels } from "../../../src/image/mod.ts";
import {
  cropAndResize,
  preprocess,
  readImageHeader,
} from "../../../src/image/mod.ts";
import type { ImageSource } from "../../../src/image/image_source.ts";
import { orient } from "../../../src/image/orientation.ts";
import type { PreprocessOptions } from "../../../src/image/preprocess.ts";
import { preprocessFrames } from "../../../src/image/preprocess_frames.ts";
import { fixture, maxDifference, noise } from "../fixtures.ts";
import { literals, type MadeFrame, makeGif } from "../gif/make_gif.ts";
import { animation, CASES, expectedFrame } from "./fixtures.ts";

const GEOMETRY: CropAndResize = {
  crop: { kind: "center", fraction: 0.9 },
  resize: "antialiased",
};

function framesOf(
  image: ImageSource,
  count: number,
  options: PreprocessOptions = {},
) {
  const frames = preprocessFrames(image, count, 11, GEOMETRY, options);
  return Array.fromAsync(frames);
}

for (const it of CASES.filter(({ times }) => times.length > 1)) {
  Deno.test(`preprocessFrames() crops, resizes and turns the frames of ${it.file}`, async () => {
    const orientation = it.file.startsWith("turned") ? 6 : 1;
    const frames = await framesOf(animation(it.file), Infinity);
    assert.deepEqual(frames.map(({ time }) => time), it.times);
    for (const { frame, input } of frames) {
      const upright = orient(expectedFrame(it, frame), orientation);
      const expected = cropAndResize(upright, 11, GEOMETRY);
      assert.ok(maxDifference(input, expected) <= it.tolerance, `${frame}`);
    }
  });
}

Deno.test("preprocessFrames() spreads frames evenly, the first and the last among them", async () => {
  const cases = [
    [1, [0]],
    [2, [0, 9]],
    [3, [0, 5, 9]],
    [4, [0, 3, 6, 9]],
    [9, [0, 1, 2, 3, 5, 6, 7, 8, 9]],
    [10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [1e9, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ] as const;
  for (const [count, expected] of cases) {
    const frames = await framesOf(animation("disposals.gif"), count);
    assert.deepEqual(frames.map(({ frame }) => frame), expected);
  }
});

Deno.test("preprocessFrames() takes a still image, and pixels, for one frame", async () => {
  const stills = [
    fixture("color.jpg"),
    fixture("alpha.png"),
    fixture("lossy.webp"),
    animation("still.gif"),
    animation("one_frame.webp"),
    noise(20, 30),
  ];
  for (const image of stills) {
    const input = await preprocess(image, 11, GEOMETRY);
    const expected = [{ frame: 0, time: 0, frameCount: 1, input }];
    assert.deepEqual(await framesOf(image, 5), expected);
  }
});

Deno.test("preprocessFrames() takes the first frame of an AVIF, and counts the others", async () => {
  const bytes = fixture("heif/animated.avif");
  assert.equal(readImageHeader(bytes).frames, 2);
  const input = await preprocess(bytes, 11, GEOMETRY);
  const expected = [{ frame: 0, time: 0, frameCount: 2, input }];
  for (const count of [1, 2, Infinity]) {
    assert.deepEqual(await framesOf(bytes, count), expected);
  }
});

Deno.test("preprocessFrames() gives the default image of a PNG for one frame, as preprocess() does", async () => {
  for (const file of ["default.png", "parts.png", "parts.webp"]) {
    const bytes = animation(file);
    const input = await preprocess(bytes, 11, GEOMETRY);
    const [first, ...others] = await framesOf(bytes, 1);
    assert.deepEqual([first!.frame, first!.time, first!.input], [0, 0, input]);
    assert.equal(others.length, 0);
    const all = await framesOf(bytes, Infinity);
    assert.equal(first!.frameCount, all.length);
  }
});

const COLORS = [250, 0, 0, 0, 250, 0, 0, 0, 250, 9, 9, 9];

/** A GIF of single-colour frames that cover the canvas. */
function filled(count: number, change: (i: number) => Partial<MadeFrame>) {
  const frames = Array.from({ length: count }, (_, i) => ({
    width: 4,
    height: 4,
    data: literals(Array(16).fill(i % 3)),
    ...change(i),
  }));
  return makeGif(4, 4, COLORS, frames);
}

Deno.test("preprocessFrames() passes over frames of which nothing is seen, damaged or not", async () => {
  const damaged = literals([0, 1]);
  const bytes = filled(9, (i) => i % 4 === 0 ? {} : { data: damaged });
  const frames = await framesOf(bytes, 3);
  assert.deepEqual(frames.map(({ frame }) => frame), [0, 4, 8]);
  assert.deepEqual(frames.map(({ input }) => [...input.data.slice(0, 3)]), [
    ...[[250, 0, 0], [0, 250, 0], [0, 0, 250]],
  ]);
  // Frames that are transparent, undone or small need earlier ones.
  const needy: readonly Partial<MadeFrame>[] = [
    { transparent: 3 },
    { disposal: 3 },
    { width: 2, data: literals(Array(8).fill(0)) },
  ];
  for (const change of needy) {
    const needing = filled(
      9,
      (i) => i === 0 ? {} : i % 4 === 0 ? change : { data: damaged },
    );
    await assert.rejects(framesOf(needing, 3), /ends before its last pixel/);
  }
  // If everything was cleared before, no earlier frame is needed.
  const cleared = filled(
    9,
    (i) =>
      i === 0
        ? {}
        : i % 4 === 0
        ? { transparent: 3 }
        : { data: damaged, disposal: 2 },
  );
  const [, second] = await framesOf(cleared, 3);
  assert.deepEqual([...second!.input.data.slice(0, 3)], [0, 250, 0]);
});

Deno.test("preprocessFrames() refuses to decode 4 times maxPixels before it begins", async () => {
  // 16 pixels for each frame, and for the canvas of each displayed frame.
  const bytes = filled(40, () => ({ transparent: 3 }));
  assert.equal((await framesOf(bytes, 2, { maxPixels: 168 })).length, 2);
  await assert.rejects(framesOf(bytes, 2, { maxPixels: 167 }), {
    name: "ImageTooLargeError",
    message:
      "Cannot take 2 of the 40 frames of a GIF as decoding 40 for that takes 672 pixels and the limit is 668, 4 times that of an image: take fewer frames or raise maxPixels",
  });
  assert.equal((await framesOf(bytes, 1, { maxPixels: 16 })).length, 1);
});

Deno.test("preprocessFrames() refuses a canvas that is too large for memory", async () => {
  for (const file of ["disposals.gif", "parts.webp", "parts.png"]) {
    const options = { maxMemory: 8 * 400 };
    await assert.rejects(framesOf(animation(file), 2, options), {
      name: "ImageTooLargeError",
      message: /bytes of memory .* raise maxMemory$/,
    });
  }
});

Deno.test("preprocessFrames() refuses 100,001 frames before it reads where they lie", async () => {
  const one = makeGif(1, 1, COLORS, [{
    width: 1,
    height: 1,
    data: literals([1]),
  }]);
  const frame = one.subarray(13 + COLORS.length, -1);
  const bytes = new Uint8Array(one.length + 100_000 * frame.length);
  bytes.set(one);
  for (let at = one.length - 1; at < bytes.length - 1; at += frame.length) {
    bytes.set(frame, at);
  }
  await assert.rejects(framesOf(bytes, 2), {
    name: "ImageTooLargeError",
    message: /a GIF that has 100001 as the limit is 100000/,
  });
  assert.equal((await framesOf(bytes, 1)).length, 1);
});

Deno.test("preprocessFrames() ends between two frames when the signal fires", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const large = { width: 300, height: 300 };
  const data = literals(Array(300 * 300).fill(1));
  const frame = { ...large, data, transparent: 0 };
  const bytes = makeGif(300, 300, COLORS, Array(90).fill(frame));
  const frames = preprocessFrames(bytes, 90, 11, GEOMETRY, { signal });
  let count = 0;
  await assert.rejects(async () => {
    for await (const _ of frames) if (++count === 2) controller.abort();
  }, { name: "AbortError" });
  // A frame takes less than a time slice.
  assert.ok(count < 90, `${count} frames`);
});

Deno.test("preprocessFrames() reports the times of all frames at the end", async () => {
  const reports: { readonly decode: number; readonly resize: number }[] = [];
  const begin = performance.now();
  await framesOf(animation("disposals.gif"), 5, {
    onTimings: (it) => reports.push(it),
  });
  const all = performance.now() - begin;
  assert.equal(reports.length, 1);
  const { decode, resize } = reports[0]!;
  assert.ok(decode >= 0 && resize > 0 && decode + resize <= all);
});

Deno.test("a frame's pixels aren't changed by the frames after it", async () => {
  const copies: Pixels[] = [];
  const inputs: Pixels[] = [];
  const bytes = animation("parts.webp");
  for await (const { input } of preprocessFrames(bytes, 9, 11, GEOMETRY, {})) {
    inputs.push(input);
    copies.push({ ...input, data: input.data.slice() });
  }
  assert.deepEqual(inputs, copies);
});
