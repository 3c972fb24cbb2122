import assert from "node:assert/strict";
import { runOccluded } from "../../src/explain/occlusion.ts";

/** 4 x 4 cells of 2 pixels in 9 x 9. */
const GRID = {
  inputSize: 9,
  rows: 4,
  columns: 4,
  channels: 1,
  stride: 2,
  offset: 1.5,
};
const SIZE = 9;
const INPUT = {
  data: new Uint8ClampedArray(SIZE * SIZE * 4).fill(200),
  width: SIZE,
  height: SIZE,
};

/** A predictor that sees only the pixel in column 3 and row 5. */
const onePixel = (pixels: Uint8ClampedArray) =>
  Promise.resolve(pixels[(5 * SIZE + 3) * 4]! / 200);

Deno.test("runOccluded() says what is left when each cell is covered", async () => {
  const left = await runOccluded(INPUT, GRID, onePixel, 1);
  // Squares of 4 pixels begin at 0, 2, 4, 6.
  const covered = [...left].map((it) => it === 128 / 200 || it < 0.65);
  const expected = Array.from({ length: 16 }, (_, i) => {
    const [top, start] = [Math.floor(i / 4) * 2, i % 4 * 2];
    const inX = start <= 3 && 3 < start + 4;
    const inY = top <= 5 && 5 < top + 4;
    return inX && inY;
  });
  assert.deepEqual(covered, expected);
  assert.ok(INPUT.data.every((it) => it === 200));
});

Deno.test("runOccluded() has as many runs under way as it may, and a value a cell", async () => {
  for (const concurrency of [1, 3, 100]) {
    let underWay = 0;
    let most = 0;
    let runs = 0;
    await runOccluded(INPUT, GRID, async () => {
      runs++;
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve));
      return underWay--;
    }, concurrency);
    assert.equal(runs, 16);
    assert.equal(most, Math.min(concurrency, 16));
  }
});

Deno.test("runOccluded() begins nothing after a failure, and waits for what is under way", async () => {
  let begun = 0;
  let ended = 0;
  await assert.rejects(
    runOccluded(INPUT, GRID, async () => {
      const turn = ++begun;
      await new Promise((resolve) => setTimeout(resolve));
      ended++;
      if (turn === 4) throw new RangeError("the fourth");
      return 0;
    }, 3),
    /the fourth/,
  );
  assert.ok(begun < 8);
  assert.equal(ended, begun);
});
