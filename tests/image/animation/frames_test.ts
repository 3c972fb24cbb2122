import assert from "node:assert/strict";
import { startTimeSlice } from "../../../src/async/yield.ts";
import { planPlaying, playFrames } from "../../../src/image/animation/play.ts";
import { FORMATS } from "../../../src/image/formats.ts";
import {
  decodeImage,
  type Pixels,
  readImageHeader,
} from "../../../src/image/mod.ts";
import { orient } from "../../../src/image/orientation.ts";
import { maxDifference } from "../fixtures.ts";
import { animation, CASES, expectedFrame } from "./fixtures.ts";

/** Decodes frames as displayed, and copies their pixels. */
async function play(bytes: Uint8Array, count: number) {
  const header = readImageHeader(bytes);
  const open = await FORMATS[header.format].loadFrames!();
  const opened = open(bytes, header, false);
  const plan = planPlaying(opened, count);
  const frames: { index: number; time: number; pixels: Pixels }[] = [];
  for await (const it of playFrames(opened, plan, startTimeSlice())) {
    const { data, ...size } = it.pixels;
    frames.push({ ...it, pixels: { data: data.slice(), ...size } });
  }
  return { plan, frames };
}

for (const it of CASES) {
  const { file, times, tolerance, note } = it;
  const bytes = animation(file);

  if (!file.endsWith(".gif")) {
    Deno.test(`decodeImage() shows the first frame of ${file} (${note})`, async () => {
      const { orientation, frames = 1 } = readImageHeader(bytes);
      assert.equal(frames, times.length);
      const expected = orient(expectedFrame(it, 0), orientation);
      const difference = maxDifference(await decodeImage(bytes), expected);
      assert.ok(difference <= tolerance, `differs by ${difference} levels`);
    });
  }

  Deno.test(`all frames of ${file} are as browsers show them (${note})`, async () => {
    const { frames, plan } = await play(bytes, Infinity);
    assert.deepEqual(frames.map(({ time }) => time), times);
    assert.deepEqual(plan.decoded, plan.shown);
    for (const { index, pixels } of frames) {
      const difference = maxDifference(pixels, expectedFrame(it, index));
      const message = `frame ${index} differs by ${difference} levels`;
      assert.ok(difference <= tolerance, message);
    }
  });

  Deno.test(`some frames of ${file} are those of all`, async () => {
    const all = await play(bytes, Infinity);
    for (let count = 1; count < times.length; count++) {
      const { frames } = await play(bytes, count);
      assert.equal(frames.length, count);
      const expected = frames.map(({ index }) => all.frames[index]);
      assert.deepEqual(frames, expected, `${count} frames`);
    }
  });
}
