import assert from "node:assert/strict";
import { INPUT, type Network } from "../../src/model/mod.ts";
import { calibrateByImages } from "../../src/convert/calibrate_by_images.ts";
import type { Calibration } from "../../src/weights/quantize/calibrate_by_batch_norm.ts";
import {
  addActivations,
  createStatistics,
} from "../../src/convert/activation_statistics.ts";
import { chooseRange } from "../../src/convert/choose_range.ts";
import { conv, smallGraph } from "../model/small_graph.ts";
import { randomNumbers } from "../random.ts";

const window = { size: 1, stride: 1, padding: "valid" } as const;

/** Every kind of node whose activations are recorded, on 1 x 2 pixels. */
const GRAPH = smallGraph([1, 2, 3], [
  conv("conv", INPUT, { channels: 2 }),
  { op: "maxPool", name: "max", input: "conv", ...window },
  {
    op: "avgPool",
    name: "avg",
    input: "conv",
    ...window,
    countIncludePad: false,
  },
  { op: "concat", name: "inner", inputs: ["max", "avg"] },
  { op: "concat", name: "outer", inputs: ["inner", "conv"] },
  { op: "maxPool", name: "end", input: "outer", ...window, stride: 2 },
]);

/** Batch norm has no influence on it. */
const NETWORK: Network = {
  architecture: {},
  labels: [],
  preprocessing: {
    crop: { kind: "squash" },
    resize: "antialiased",
    scale: [1, 1, 1],
    offset: [0, 0, 0],
  },
  weights: () => ({ kernel: new Float32Array(6), bias: new Float32Array(2) }),
};

Deno.test("calibrateByImages() gives the ranges of convolutions and average pools", () => {
  const { ranges } = calibrate([
    { conv: [0, 4, 4, 0], max: [9, 9, 9, 9], avg: [0.5, 0, 0, 0.5] },
    { conv: [0, 0, 8, 0], max: [9, 9, 9, 9], avg: [0, 1, 0, 0.25] },
  ]);
  assert.deepEqual([...ranges.keys()], ["conv", "avg"]);
  assertNear(ranges.get("conv")!, 8);
  assertNear(ranges.get("avg")!, 1);
});

Deno.test("calibrateByImages() chooses ranges for codes of 8 bits", () => {
  const random = randomNumbers(1);
  const values = Array.from({ length: 4000 }, () => -Math.log(1 - random()));
  const statistics = createStatistics(2);
  addActivations(statistics, Float32Array.from(values));
  const range = calibrate([{ conv: values }]).ranges.get("conv");
  assert.equal(range, chooseRange(statistics.histogram, 255));
  assert.notEqual(range, chooseRange(statistics.histogram, 127));
});

Deno.test("calibrateByImages() gives no range below six deviations of batch norm", () => {
  const network: Network = {
    ...NETWORK,
    weights: () => ({
      kernel: new Float32Array(6),
      bias: new Float32Array(2),
      statistics: {
        mean: Float32Array.of(1, -1),
        standardDeviation: Float32Array.of(2, 3),
      },
    }),
  };
  const calibration = calibrateByImages(network, GRAPH);
  calibration.addImage(new Uint8Array(8));
  for (const name of ["conv", "max", "avg"]) {
    calibration.addActivation(name, Float32Array.of(1, 2, 3, 4));
  }
  const { ranges } = calibration.finish();
  assert.equal(ranges.get("conv"), -1 + 6 * 3);
  assertNear(ranges.get("avg")!, 4);
});

Deno.test("calibrateByImages() gives the last activations ranges beyond those of least error", () => {
  const graph = smallGraph([1, 2, 3], [
    conv("first", INPUT, { channels: 2 }),
    conv("last", "first", { channels: 2, stride: 2 }),
  ]);
  const calibration = calibrateByImages(NETWORK, graph);
  calibration.addImage(new Uint8Array(8));
  calibration.addActivation("first", Float32Array.of(4, 8, 0, 8));
  calibration.addActivation("last", Float32Array.of(4, 8));
  const { ranges } = calibration.finish();
  assertNear(ranges.get("first")!, 8);
  assertNear(ranges.get("last")!, 1.4 * 8);
});

Deno.test("calibrateByImages() gives the first layers' channels ranges a little above the largest values", () => {
  const graph = smallGraph([1, 2, 3], [
    conv("first", INPUT, { channels: 2 }),
    conv("second", "first", { channels: 2 }),
    conv("third", "second", { channels: 2 }),
  ]);
  const calibration = calibrateByImages(NETWORK, graph);
  for (const largest of [10, 40]) {
    calibration.addImage(new Uint8Array(8));
    calibration.addActivation("first", Float32Array.of(1, largest, 4, 20));
    calibration.addActivation("second", Float32Array.of(0, 6, 0, 8));
    calibration.addActivation("third", Float32Array.of(1, 2, 3, 4));
  }
  const { channelRanges } = calibration.finish();
  assert.deepEqual(
    Object.fromEntries(
      [...channelRanges!].map(([name, it]) => [name, Array.from(it)]),
    ),
    { first: [1.05 * 4, 1.05 * 40], second: [0, 1.05 * 8] },
  );
});

Deno.test("calibrateByImages() refuses to finish without an image", () => {
  assert.throws(() => calibrateByImages(NETWORK, GRAPH).finish(), {
    name: "ArgumentError",
  });
});

Deno.test("calibrateByImages() gives the mean of each channel of every activation", () => {
  const { means } = calibrate([
    { conv: [1, 10, 2, 20], max: [1, 2, 3, 4], avg: [0, 5, 0, 5] },
    { conv: [3, 30, 6, 60], max: [3, 4, 5, 6], avg: [0, 15, 0, 15] },
  ]);
  assert.deepEqual([...means.get("conv")!], [3, 30]);
  assert.deepEqual([...means.get("max")!], [3, 4]);
  assert.deepEqual([...means.get("avg")!], [0, 10]);
});

Deno.test("calibrateByImages() knows a concatenation's means by its parts", () => {
  const { means } = calibrate([
    { conv: [1, 2, 1, 2], max: [3, 4, 3, 4], avg: [5, 6, 5, 6] },
  ]);
  assert.deepEqual([...means.get("inner")!], [3, 4, 5, 6]);
  assert.deepEqual([...means.get("outer")!], [3, 4, 5, 6, 1, 2]);
});

Deno.test("calibrateByImages() gives the means of red, green and blue, whatever the alpha", () => {
  const { means } = calibrate([
    { pixels: Uint8Array.of(10, 20, 30, 0, 20, 40, 60, 255) },
    { pixels: Uint8ClampedArray.of(0, 0, 255, 9, 0, 0, 255, 9) },
  ]);
  assert.deepEqual([...means.get(INPUT)!], [7.5, 15, 150]);
});

Deno.test("calibrateByImages() says how many images were looked at", () => {
  const { metadata } = calibrate([{}, {}, {}]);
  assert.deepEqual(metadata, { method: "images", images: 3 });
});

/** The activations of an image. */
interface Shown {
  readonly pixels?: Uint8Array | Uint8ClampedArray;
  readonly conv?: readonly number[];
  readonly max?: readonly number[];
  readonly avg?: readonly number[];
}

function calibrate(images: readonly Shown[]): Calibration {
  const calibration = calibrateByImages(NETWORK, GRAPH);
  for (const { pixels = new Uint8Array(8), ...activations } of images) {
    calibration.addImage(pixels);
    for (const name of ["conv", "max", "avg"] as const) {
      const values = activations[name] ?? [1, 1, 1, 1];
      calibration.addActivation(name, Float32Array.from(values));
    }
  }
  return calibration.finish();
}

/** Compares up to the width of a histogram's bin. */
function assertNear(found: number, expected: number): void {
  assert.ok(
    Math.abs(found / expected - 1) <= 2 ** -8,
    `${found} is far from ${expected}`,
  );
}
