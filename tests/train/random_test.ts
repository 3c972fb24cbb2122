import assert from "node:assert/strict";
import {
  randomNumbers,
  shuffle,
  truncatedNormal,
} from "../../src/train/random.ts";

Deno.test("randomNumbers() repeats by its seed, evenly in [0, 1)", () => {
  const draw = (seed: number) =>
    Array.from({ length: 10_000 }, randomNumbers(seed));
  assert.deepEqual(draw(3), draw(3));
  assert.notDeepEqual(draw(3), draw(4));
  const tenths = new Array<number>(10).fill(0);
  for (const value of draw(1)) tenths[Math.floor(value * 10)]! += 1;
  assert.ok(tenths.every((it) => it > 900 && it < 1100), `${tenths}`);
});

Deno.test("truncatedNormal() has its mean and deviation, and ends at two of them", () => {
  const values = truncatedNormal(20_000, 0.5, randomNumbers(2));
  const mean = values.reduce((a, b) => a + b) / values.length;
  const square = values.reduce((sum, it) => sum + it * it, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.01, `${mean}`);
  // 1 - 4 * density(2) / P(|z| < 2), the variance of a truncated normal distribution.
  assert.ok(Math.abs(square / 0.25 - 0.7737) < 0.02, `${square}`);
  assert.ok(values.every((it) => Math.abs(it) <= 1));
  assert.ok(values.some((it) => Math.abs(it) > 0.95));
});

Deno.test("shuffle() keeps all items, and puts each anywhere alike", () => {
  const random = randomNumbers(5);
  const places = new Array<number>(4).fill(0);
  for (let i = 0; i < 4000; i++) {
    const items = shuffle([0, 1, 2, 3], random);
    assert.deepEqual(items.toSorted(), [0, 1, 2, 3]);
    places[items.indexOf(3)]! += 1;
  }
  assert.ok(places.every((it) => it > 900 && it < 1100), `${places}`);
  assert.deepEqual(shuffle([], random), []);
});
