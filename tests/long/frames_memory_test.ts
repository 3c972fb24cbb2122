/**
 * The frames of an animation use the memory of a canvas, the part that one frame
 * replaces, and one row, regardless of their number. Needs `--v8-flags=--expose-gc`.
 */
import assert from "node:assert/strict";
import { preprocessFrames } from "../../src/image/preprocess_frames.ts";
import { literals, makeGif } from "../image/gif/make_gif.ts";

const SIDE = 500;
const CANVAS_BYTES = SIDE * SIDE * 4;
const COLORS = [250, 0, 0, 0, 250, 0, 0, 0, 250, 9, 9, 9];

for (const disposal of [1, 2, 3]) {
  Deno.test(`80 frames of disposal ${disposal} take the memory of two canvases and 4 MiB`, async () => {
    const frame = {
      width: SIDE,
      height: SIDE,
      data: literals(Array(SIDE * SIDE).fill(1)),
      transparent: 0,
      disposal,
    };
    const bytes = makeGif(SIDE, SIDE, COLORS, Array(80).fill(frame));
    const frames = preprocessFrames(bytes, 80, 9, {
      crop: { kind: "squash" },
      resize: "antialiased",
    }, {});
    const before = await settledMemory();
    let most = 0;
    for await (const _ of frames) {
      most = Math.max(most, Deno.memoryUsage().external - before);
    }
    assert.ok(most >= CANVAS_BYTES, `${most} bytes`);
    assert.ok(most <= 2 * CANVAS_BYTES + (4 << 20), `${most} bytes`);
  });
}

/** The bytes of all buffers after garbage from making the file has been collected. */
async function settledMemory(): Promise<number> {
  for (let last = Infinity;;) {
    (globalThis as unknown as { gc(): void }).gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { external } = Deno.memoryUsage();
    if (external >= last) return external;
    last = external;
  }
}
