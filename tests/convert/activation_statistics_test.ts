import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  addActivations,
  binCenter,
  channelMeans,
  createStatistics,
} from "../../src/convert/activation_statistics.ts";

/** Half of a bin's width, relative to its least value. */
const HALF_BIN = 2 ** -8;

const positive = fc.float({ min: 2 ** -100, max: 2 ** 100, noNaN: true });

Deno.test("channelMeans() gives each channel's mean over images of any size", () => {
  const statistics = createStatistics(2);
  addActivations(statistics, Float32Array.of(1, 10, 2, 20, 3, 30));
  addActivations(statistics, Float32Array.of(6, 0));
  assert.deepEqual([...channelMeans(statistics)], [3, 15]);
  assert.equal(statistics.count, 4);
});

Deno.test("addActivations() counts the values of all channels in one histogram", () => {
  const values = [0.25, 3, 3, 1000];
  const statistics = createStatistics(2);
  addActivations(statistics, Float32Array.from(values));
  addActivations(statistics, Float32Array.from(values));
  const bins = binsOf(statistics.histogram);
  assert.deepEqual(bins.map(([, count]) => count), [2, 4, 2]);
  for (const [i, value] of [0.25, 3, 1000].entries()) {
    assertNear(binCenter(bins[i]![0]), value);
  }
});

Deno.test("addActivations() counts a value in a bin that is 0.4% from it or nearer", () => {
  fc.assert(fc.property(positive, (value) => {
    const statistics = createStatistics(1);
    addActivations(statistics, Float32Array.of(value));
    const bins = binsOf(statistics.histogram);
    assert.equal(bins.length, 1);
    assertNear(binCenter(bins[0]![0]), value);
  }));
});

Deno.test("addActivations() takes -0 as 0", () => {
  const statistics = createStatistics(1);
  addActivations(statistics, Float32Array.of(0, -0));
  assert.deepEqual(binsOf(statistics.histogram).map(([, it]) => it), [2]);
});

Deno.test("addActivations() reads no more than its view of a buffer", () => {
  const buffer = Float32Array.of(9, 9, 1, 2, 9);
  const statistics = createStatistics(1);
  addActivations(statistics, buffer.subarray(2, 4));
  assert.deepEqual([...channelMeans(statistics)], [1.5]);
  const bins = binsOf(statistics.histogram);
  assert.equal(bins.length, 2);
  assertNear(binCenter(bins[0]![0]), 1);
  assertNear(binCenter(bins[1]![0]), 2);
});

Deno.test("binCenter() grows with the bin up to the largest f32", () => {
  const infinite = 0x7f80;
  for (let bin = 1; bin < infinite; bin++) {
    assert.ok(binCenter(bin) > binCenter(bin - 1), `bin ${bin}`);
  }
  assert.ok(binCenter(infinite - 1) > 3.38e38);
});

/** The non-empty bins with their counts. */
function binsOf(histogram: Float64Array): [bin: number, count: number][] {
  return [...histogram.entries()].filter(([, count]) => count > 0);
}

function assertNear(found: number, expected: number): void {
  assert.ok(
    Math.abs(found / expected - 1) <= HALF_BIN,
    `${found} is far from ${expected}`,
  );
}
