import assert from "node:assert/strict";
import {
  addActivations,
  createStatistics,
} from "../../src/convert/activation_statistics.ts";
import { chooseRange } from "../../src/convert/choose_range.ts";
import { randomNumbers } from "../random.ts";
import { filled } from "../filled.ts";

const COUNT = 10_000;

/** Distributions after a ReLU, by their tail. */
const SAMPLES: Record<string, Float32Array> = {
  "uniform": sample((random) => random()),
  "half-normal": sample((random) => Math.abs(normal(random))),
  "rectified normal": sample((random) => Math.max(0, normal(random))),
  "exponential": sample((random) => -Math.log(1 - random())),
  "log-normal": sample((random) => Math.exp(normal(random))),
};

for (const [name, values] of Object.entries(SAMPLES)) {
  for (const levels of [255, 127]) {
    Deno.test(`chooseRange() is within 5% of the least error of ${name} values in ${levels} steps`, () => {
      const largest = values.reduce((a, b) => Math.max(a, b));
      let least = Infinity;
      for (let part = 0.6; part <= 1; part += 0.004) {
        least = Math.min(least, squareError(values, largest * part, levels));
      }
      const range = chooseRange(histogramOf(values), levels);
      const ratio = squareError(values, range, levels) / least;
      assert.ok(ratio < 1.05, `${ratio} times the least at ${range / largest}`);
    });
  }
}

Deno.test("chooseRange() cuts off a rare value that would coarsen all others", () => {
  const values = filled(
    Float32Array,
    20 * COUNT,
    (i) => SAMPLES["rectified normal"]![i % COUNT]!,
  );
  values[7] = 60;
  const histogram = histogramOf(values);
  for (const levels of [255, 127]) {
    let least = Infinity;
    for (let range = 4; range <= 60; range += 2) {
      least = Math.min(least, squareError(values, range, levels));
    }
    const range = chooseRange(histogram, levels);
    assert.ok(squareError(values, range, levels) < 1.02 * least);
    assert.ok(range < 55);
  }
});

Deno.test("chooseRange() cuts off less where there are more steps", () => {
  const histogram = histogramOf(SAMPLES["log-normal"]!);
  assert.ok(chooseRange(histogram, 255) > chooseRange(histogram, 127));
});

Deno.test("chooseRange() scales with the values", () => {
  const values = SAMPLES["log-normal"]!;
  const range = chooseRange(histogramOf(values), 127);
  for (const factor of [2 ** -20, 2 ** 20]) {
    const scaled = histogramOf(values.map((it) => it * factor));
    assert.equal(chooseRange(scaled, 127), range * factor);
  }
});

Deno.test("chooseRange() ends at a single value, to the width of its bin", () => {
  for (const value of [1e-6, 0.7, 3, 1e6]) {
    for (const zeros of [0, 1000]) {
      const values = new Float32Array(zeros + 1);
      values[zeros] = value;
      const range = chooseRange(histogramOf(values), 127);
      assert.ok(
        Math.abs(range / value - 1) <= 2 ** -8,
        `${range} for ${value}`,
      );
    }
  }
});

Deno.test("chooseRange() gives 1 where no value is above zero", () => {
  assert.equal(chooseRange(histogramOf(new Float32Array()), 127), 1);
  assert.equal(chooseRange(histogramOf(new Float32Array(1000)), 127), 1);
});

Deno.test("chooseRange() ignores what isn't finite", () => {
  const values = SAMPLES["half-normal"]!;
  const range = chooseRange(histogramOf(values), 127);
  const more = Float32Array.of(...values, Infinity, NaN);
  assert.equal(chooseRange(histogramOf(more), 127), range);
});

function histogramOf(values: Float32Array): Float64Array {
  const statistics = createStatistics(1);
  addActivations(statistics, values);
  return statistics.histogram;
}

/** The sum of squared errors of the values as codes of 0..levels. */
function squareError(
  values: Float32Array,
  range: number,
  levels: number,
): number {
  let sum = 0;
  for (const value of values) {
    const code = Math.min(levels, Math.round(value * levels / range));
    sum += (value - code * range / levels) ** 2;
  }
  return sum;
}

function sample(value: (random: () => number) => number): Float32Array {
  const random = randomNumbers(1);
  return filled(Float32Array, COUNT, () => value(random));
}

/** A normal distribution by the Box-Muller transform. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) *
    Math.cos(2 * Math.PI * random());
}
