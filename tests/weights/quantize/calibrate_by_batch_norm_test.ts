import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { CorruptWeightsError } from "../../../src/errors.ts";
import {
  type ChannelStatistics,
  type Graph,
  INPUT,
  type Network,
  type Node,
} from "../../../src/model/mod.ts";
import { calibrateByBatchNorm } from "../../../src/weights/quantize/calibrate_by_batch_norm.ts";
import { conv, smallGraph } from "../../model/small_graph.ts";

Deno.test("calibrateByBatchNorm() gives the means of rectified normal distributions", () => {
  const channel = fc.record({
    mean: fc.double({ min: -4, max: 4, noNaN: true }),
    deviation: fc.oneof(
      fc.constant(0),
      fc.double({ min: 0.01, max: 3, noNaN: true }),
    ),
  });
  fc.assert(
    fc.property(channel, ({ mean, deviation }) => {
      const { means } = calibrate([conv("a")], {
        a: statistics([mean], [deviation]),
      });
      const found = means.get("a")![0]!;
      const expected = rectifiedMean(Math.fround(mean), Math.fround(deviation));
      assert.ok(Math.abs(found - expected) < 2e-6, `${found}, ${expected}`);
    }),
    { numRuns: 50 },
  );
});

Deno.test("calibrateByBatchNorm() ends a range six or eight deviations above the highest mean", () => {
  const { ranges } = calibrate([
    conv("a", INPUT, { channels: 3 }),
    conv("b", "a", { channels: 3 }),
  ], {
    a: statistics([1, -2, 0], [0.5, 2, 1]), // 4, 10 and 6
    b: statistics([1, -2, 0], [0.5, 2, 1]), // 5, 14 and 8
  });
  assert.deepEqual([...ranges], [["a", 10], ["b", 14]]);
});

Deno.test("calibrateByBatchNorm() ends a range later where maxima of it are features", () => {
  const nodes: Node[] = [
    conv("a"),
    conv("b", "a"),
    { op: "maxPool", name: "max", input: "b", ...WINDOW },
    conv("c", "a"),
    { op: "concat", name: "both", inputs: ["c", "max"] },
  ];
  const byName = Object.fromEntries(
    ["a", "b", "c"].map((name) => [name, statistics([1], [0.5])]),
  );
  const graph = smallGraph([1, 1, 3], nodes);
  const pooled = graph.nodes.map((node): Node =>
    node.op === "globalAvgPool" ? { ...node, op: "globalMaxPool" } : node
  );
  const { ranges } = calibrate({ ...graph, nodes: pooled }, byName);
  assert.equal(ranges.get("b"), 9);
  assert.equal(ranges.get("c"), 9);
});

Deno.test("calibrateByBatchNorm() gives the last activations ranges of 1.4 times the deviations", () => {
  const graph = smallGraph([1, 2, 3], [
    conv("a"),
    conv("b", "a", { stride: 2 }),
    { op: "avgPool", name: "c", input: "b", ...WINDOW, countIncludePad: false },
  ]);
  const byName = {
    a: statistics([1], [0.5]),
    b: statistics([1], [0.5]),
  };
  const { ranges } = calibrate(graph, byName);
  assert.deepEqual([...ranges], [["a", 4], ["b", 7], ["c", 7]]);
});

Deno.test("calibrateByBatchNorm() gives a positive range where nothing passes the ReLU", () => {
  const { ranges, means } = calibrate([conv("a")], {
    a: statistics([-20], [1]),
  });
  assert.equal(ranges.get("a"), 1);
  assert.ok(Math.abs(means.get("a")![0]!) < 1e-6);
});

Deno.test("calibrateByBatchNorm() follows pools and concatenations", () => {
  const { ranges, means } = calibrate([
    conv("a", INPUT, { channels: 2 }),
    conv("b", "a", { channels: 1 }),
    { op: "concat", name: "both", inputs: ["b", "a"] },
    { op: "maxPool", name: "max", input: "both", ...WINDOW },
    {
      op: "avgPool",
      name: "avg",
      input: "max",
      ...WINDOW,
      countIncludePad: false,
    },
    conv("c", "avg", { channels: 1 }),
  ], {
    a: statistics([3, 4], [0, 0]),
    b: statistics([5], [0]),
    c: statistics([2], [0]),
  });
  assert.deepEqual(
    Object.fromEntries(ranges),
    { a: 4, b: 5, avg: 5, c: 2 },
  );
  for (const name of ["both", "max", "avg"]) {
    assert.deepEqual([...means.get(name)!], [5, 3, 4], name);
  }
});

Deno.test("calibrateByBatchNorm() takes a photo as grey, and no image as seen", () => {
  const { metadata, means } = calibrate([conv("a")], {
    a: statistics([0], [1]),
  });
  assert.deepEqual([...means.get(INPUT)!], [128, 128, 128]);
  assert.deepEqual(metadata, { method: "batch-norm", images: 0 });
});

Deno.test("calibrateByBatchNorm() names a convolution without batch norm", () => {
  assert.throws(
    () =>
      calibrate([conv("first"), conv("second", "first")], {
        first: statistics([0], [1]),
      }),
    (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, /"second" has no batch norm/);
      return true;
    },
  );
});

const WINDOW = { size: 1, stride: 1, padding: "valid" } as const;

function statistics(mean: number[], deviation: number[]): ChannelStatistics {
  return {
    mean: Float32Array.from(mean),
    standardDeviation: Float32Array.from(deviation),
  };
}

/**
 * Calibrates a graph, or `nodes` on two pixels, one of which becomes the features.
 */
function calibrate(
  nodes: Graph | readonly Node[],
  byName: Record<string, ChannelStatistics>,
) {
  const input = "outputs" in nodes ? "" : nodes.at(-1)!.name;
  const end: Node = { op: "maxPool", name: "end", input, ...WINDOW, stride: 2 };
  const graph = "outputs" in nodes
    ? nodes
    : smallGraph([1, 2, 3], [...nodes, end]);
  const network: Network = {
    architecture: {},
    labels: ["class 0"],
    preprocessing: {
      crop: { kind: "squash" },
      resize: "antialiased",
      scale: [1, 1, 1],
      offset: [0, 0, 0],
    },
    weights: (name) => ({
      kernel: new Float32Array(),
      bias: new Float32Array(),
      ...byName[name] && { statistics: byName[name] },
    }),
  };
  return calibrateByBatchNorm(network, graph);
}

/** The mean after a ReLU, by the midpoint rule within nine deviations. */
function rectifiedMean(mean: number, deviation: number): number {
  if (deviation === 0) return Math.max(0, mean);
  const steps = 20_000;
  const width = 18 / steps;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const z = -9 + (i + 0.5) * width;
    const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    sum += Math.max(0, mean + deviation * z) * density * width;
  }
  return sum;
}
