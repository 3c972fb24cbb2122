import assert from "node:assert/strict";
import { type Plan, planGraph } from "../../../src/backends/simd/plan.ts";
import type { Step, Vector } from "../../../src/backends/int8/lower.ts";
import type {
  ActivationBuffer,
  Slice,
} from "../../../src/backends/int8/plan_activations.ts";
import type { KernelBuild } from "../../../src/backends/wasm_features.ts";
import { TASK_PIXELS } from "../../../src/backends/simd/records.ts";
import {
  type Graph,
  inceptionV3,
  type InceptionV3Options,
  inferShapes,
  INPUT,
  type Node,
  nodesFor,
} from "../../../src/model/mod.ts";
import { GraphError } from "../../../src/errors.ts";
import { samePadding } from "../../../src/model/shapes.ts";

const NETWORKS: Record<string, InceptionV3Options> = {
  full: {},
  low151: { variant: "low151" },
  low79: { variant: "low79" },
  smallest: { variant: 75 },
  large: { variant: 600, countIncludePad: true },
  narrow: { variant: 75, widthMultiplier: 1 / 16, classes: 3 },
  deep: { hiddenUnits: [100, 7], auxiliary: true },
  headless: { variant: 99, classes: 0 },
};

interface Case {
  readonly name: string;
  readonly graph: Graph;
  readonly build: KernelBuild;
  readonly plan: Plan;
}

const PLANS = Object.entries(NETWORKS).flatMap(([name, options]) =>
  (["relaxed", "plain"] as const).map((build): Case => {
    const graph = inceptionV3(options);
    const plan = planGraph(graph, build);
    return { name: `${name}, ${build}`, graph, build, plan };
  })
);

/** Channels that steps read or write; a vector is its own only one. */
interface Place {
  readonly of: ActivationBuffer | Vector;
  readonly from: number;
  readonly to: number;
}

Deno.test("planGraph() gives every node but concatenations one step", () => {
  for (const { name, graph, plan } of PLANS) {
    const { features, probabilities } = graph.outputs;
    const expected = nodesFor(graph, probabilities ?? features)
      .filter(({ op }) => op !== "concat").map(({ name }) => name);
    const steps = plan.levels.flat().flatMap((it) =>
      it.op === "border" ? [] : [it.node.name]
    );
    assert.deepEqual(steps.sort(), expected.sort(), name);
  }
});

Deno.test("planGraph() lets steps read only what earlier levels wrote, and write nothing twice", () => {
  for (const { name, plan } of PLANS) {
    // Of each vector and each channel of a buffer: whether it is written.
    const written = new Map<Vector | ActivationBuffer, boolean[]>([
      [plan.image, [true, true, true]],
    ]);
    for (const [level, steps] of plan.levels.entries()) {
      for (const { of, from, to } of steps.flatMap(readsOf)) {
        for (let channel = from; channel < to; channel++) {
          const known = written.get(of)?.[channel];
          assert.ok(known, `${name}: level ${level} reads ${channel}`);
        }
      }
      for (const { of, from, to } of steps.flatMap(writesOf)) {
        const channels = written.get(of) ?? [];
        written.set(of, channels);
        for (let channel = from; channel < to; channel++) {
          const known = channels[channel];
          assert.ok(!known, `${name}: level ${level} writes ${channel}`);
          channels[channel] = true;
        }
      }
    }
  }
});

Deno.test("planGraph() lays no activation over another while it is needed", () => {
  for (const { name, plan } of PLANS) {
    const lives = [...livesOf(plan)];
    for (const [i, [buffer, { birth, death }]] of lives.entries()) {
      const { start, end } = rangeOf(buffer);
      // Kernels read whole vectors.
      assert.ok(start >= 0 && end + 16 <= plan.arenaBytes, name);
      for (const [other, its] of lives.slice(0, i)) {
        const together = birth <= its.death && its.birth <= death;
        const { start: otherStart, end: otherEnd } = rangeOf(other);
        const apart = end <= otherStart || otherEnd <= start;
        assert.ok(!together || apart, `${name}: ${buffer.shape}`);
      }
    }
  }
});

Deno.test("planGraph() gives vectors places of their own", () => {
  for (const { name, plan } of PLANS) {
    const vectors = plan.levels.flat().flatMap((step) =>
      "output" in step && "length" in step.output ? [step.output] : []
    ).sort((a, b) => a.offset - b.offset);
    let end = 0;
    for (const { offset, length } of vectors) {
      assert.ok(offset >= end && offset % 64 === 0, name);
      end = offset + Math.ceil(length / 16) * 64;
    }
    assert.ok(end <= plan.vectorBytes, name);
  }
});

Deno.test("planGraph() never copies a concatenation: its inputs lie side by side", () => {
  for (const { name, graph, plan } of PLANS) {
    const outputs = new Map(
      plan.levels.flat().flatMap((step) =>
        "node" in step && "buffer" in step.output
          ? [[step.node.name, step.output] as const]
          : []
      ),
    );
    const shapes = inferShapes(graph);
    for (const node of graph.nodes) {
      if (node.op !== "concat") continue;
      const slices = partsOf(graph, node.name).map((it) => outputs.get(it)!);
      const [first] = slices;
      let { channel } = first!;
      for (const slice of slices) {
        assert.equal(slice.buffer, first!.buffer, `${name}: ${node.name}`);
        assert.equal(slice.channel, channel, `${name}: ${node.name}`);
        channel += slice.channels;
      }
      const [, , channels] = shapes.get(node.name)!;
      assert.equal(channel - first!.channel, channels);
    }
  }
});

Deno.test("planGraph() gives activations the frames that windows read", () => {
  for (const { name, plan } of PLANS) {
    for (const step of plan.levels.flat()) {
      if (
        step.op !== "conv" && step.op !== "maxPool" && step.op !== "avgPool"
      ) continue;
      const { node, input, output } = step;
      const kernel = node.op === "conv" ? node.kernel : [node.size, node.size];
      for (const axis of [0, 1] as const) {
        const { buffer } = input;
        const frame = axis === 0 ? buffer.frameY : buffer.frameX;
        const pixels = buffer.shape[axis];
        const before = node.padding === "same"
          ? samePadding(pixels, kernel[axis]!, node.stride)[0]
          : 0;
        const end = (output.buffer.shape[axis] - 1) * node.stride +
          kernel[axis]! - before;
        assert.ok(before <= frame, `${name}: ${node.name}`);
        assert.ok(end <= pixels + frame, `${name}: ${node.name}`);
      }
    }
  }
});

Deno.test("planGraph() splits steps into tasks that cover all, and nothing twice", () => {
  for (const { name, plan } of PLANS) {
    for (const step of plan.levels.flat()) {
      const { tasks } = step;
      assert.ok(Number.isSafeInteger(tasks) && tasks >= 1, name);
      if (step.op === "conv") {
        const [height, width, channels] = shapeOf(step.output);
        const { taskPixels, taskPanels } = step;
        assert.ok(taskPixels <= TASK_PIXELS, name);
        const panels = Math.ceil(channels / 8);
        const groups = Math.ceil(panels / taskPanels);
        // As kernels split them.
        let done = 0;
        for (let task = 0; task < tasks; task++) {
          const firstPixel = Math.floor(task / groups) * taskPixels;
          const firstPanel = task % groups * taskPanels;
          const ownPixels = Math.min(taskPixels, height * width - firstPixel);
          const ownPanels = Math.min(taskPanels, panels - firstPanel);
          assert.ok(ownPixels > 0 && ownPanels > 0, name);
          done += ownPixels * ownPanels;
        }
        assert.equal(done, height * width * panels, name);
      } else if (step.op === "maxPool" || step.op === "avgPool") {
        const [height] = step.output.buffer.shape;
        assertCovered(height, step.taskRows, tasks);
      } else if (step.op === "dense") {
        assertCovered(step.node.units, step.taskUnits, tasks);
      } else {
        assert.equal(tasks, 1, name);
      }
    }
  }
});

Deno.test("planGraph() says after how many levels each result is there", () => {
  for (const { name, graph, plan } of PLANS) {
    const { auxLogits: _, ...outputs } = graph.outputs;
    assert.deepEqual([...plan.outputs.keys()], Object.keys(outputs), name);
    for (const [output, result] of plan.outputs) {
      if ("slice" in result) continue; // It is a concatenation's, of many steps.
      const last = plan.levels[result.levels - 1]!;
      const step = last.find((it) =>
        "output" in it && it.output === result.vector
      );
      assert.ok(
        step && step.op !== "border" &&
          step.node.name === graph.outputs[output],
        `${name}: ${output}`,
      );
    }
  }
});

Deno.test("planGraph() says after how many levels the last activations are there, whole", () => {
  for (const { name, graph, plan } of PLANS) {
    const result = plan.outputs.get("activations")!;
    assert.ok("slice" in result, name);
    const { slice: { buffer }, levels } = result;
    const writers = plan.levels.map((steps) =>
      steps.filter((it) =>
        "output" in it && "buffer" in it.output &&
        it.output.buffer === buffer
      )
    );
    assert.ok(writers[levels - 1]!.length > 0, name);
    assert.equal(writers.slice(levels).flat().length, 0, name);
    const shape = inferShapes(graph).get(graph.outputs.activations!);
    assert.deepEqual(buffer.shape, shape, name);
  }
});

Deno.test("planGraph() rejects a convolution whose results may be negative", () => {
  rejects(
    [conv("linear", INPUT, { activation: "linear" })],
    /"linear".*must end with relu/,
  );
});

Deno.test("planGraph() rejects an activation in two concatenations", () => {
  const nodes = ["a", "b", "c"].map((name) => conv(name, INPUT));
  rejects([
    ...nodes,
    { op: "concat", name: "one", inputs: ["a", "b"] },
    { op: "concat", name: "two", inputs: ["c", "b"] },
    { op: "concat", name: "all", inputs: ["one", "two"] },
  ], /"one".*"b" is elsewhere too/);
  rejects(
    [...nodes, { op: "concat", name: "twice", inputs: ["a", "a"] }],
    /"twice".*"a" is elsewhere too/,
  );
});

Deno.test("planGraph() rejects a concatenation with the image", () => {
  rejects([
    conv("a", INPUT),
    { op: "concat", name: "both", inputs: ["a", INPUT] },
  ], /"both".*"input"/);
});

Deno.test("planGraph() rejects a convolution of a part of a concatenation", () => {
  rejects([
    conv("a", INPUT),
    conv("b", "a"),
    { op: "concat", name: "both", inputs: ["a", "b"] },
  ], /"b".*all channels of "both"/);
});

Deno.test("planGraph() rejects windows that pad the image", () => {
  const padded = { kernel: [3, 3], padding: "same" } as const;
  rejects(
    [conv("padded", INPUT, padded)],
    /"padded".*must read the image without padding/,
  );
});

Deno.test("planGraph() rejects average pools whose sums overflow", () => {
  const pool = (size: number): Node[] => [conv("a", INPUT), {
    op: "avgPool",
    name: "pool",
    input: "a",
    size,
    stride: 1,
    padding: "valid",
    countIncludePad: false,
  }];
  planGraph(graphOf(pool(16)), "relaxed");
  rejects(pool(17), /"pool".*must have a size <= 16/);
});

Deno.test("planGraph() rejects codes where vectors are, and the other way round", () => {
  const a = conv("a", INPUT);
  const pool: Node = { op: "globalAvgPool", name: "pool", input: "a" };
  const dense: Node = {
    op: "dense",
    name: "dense",
    input: "a",
    units: 2,
    activation: "linear",
  };
  rejects([a, dense], /"dense".*must follow a global pool/);
  rejects([a, pool, conv("b", "pool")], /"b".*come before the global pool/);
  rejects(
    [a, pool, { op: "concat", name: "both", inputs: ["pool"] }],
    /"both".*must come before the global pool/,
  );
  const pooled = { ...dense, input: "pool" };
  const softmax: Node = { op: "softmax", name: "softmax", input: "dense" };
  assert.throws(
    () =>
      planGraph({
        input: [20, 20, 3],
        nodes: [a, pool, pooled, softmax, {
          ...pooled,
          name: "last",
          input: "softmax",
        }],
        outputs: { features: "last" },
      }, "relaxed"),
    /"last".*must not follow a softmax/,
  );
  const graph = { ...graphOf([a]), outputs: { features: "a" } };
  assert.throws(
    () => planGraph(graph, "relaxed"),
    /"a".*must follow a global pool to be the output "/,
  );
});

Deno.test("planGraph() rejects a pool of the image", () => {
  rejects([{
    op: "maxPool",
    name: "pool",
    input: INPUT,
    size: 3,
    stride: 2,
    padding: "valid",
  }], /"pool".*must not read the image/);
});

function readsOf(step: Step): Place[] {
  return step.op === "border" ? [] : placesOf(step.input);
}

function writesOf(step: Step): Place[] {
  if (step.op === "border") return [frameOf(step.output)];
  // Without the frame: that is for a border to write.
  return placesOf(step.output).slice(0, 1);
}

function placesOf(it: Slice | Vector): Place[] {
  if (!("buffer" in it)) return [{ of: it, from: 0, to: 1 }];
  const { buffer, channel, channels } = it;
  const pixels = { of: buffer, from: channel, to: channel + channels };
  const hasFrame = buffer.frameX > 0 || buffer.frameY > 0;
  return hasFrame ? [pixels, frameOf(buffer)] : [pixels];
}

/** The frame, as if it were a channel after the last. */
function frameOf(buffer: ActivationBuffer): Place {
  const [, , channels] = buffer.shape;
  return { of: buffer, from: channels, to: channels + 1 };
}

/** The first and the last level that has to do with each buffer. */
function livesOf(plan: Plan) {
  const lives = new Map([[plan.image, { birth: -1, death: -1 }]]);
  for (const [level, steps] of plan.levels.entries()) {
    for (const step of steps) {
      for (const { of } of [...readsOf(step), ...writesOf(step)]) {
        if (!("shape" in of)) continue;
        const birth = lives.get(of)?.birth ?? level;
        lives.set(of, { birth, death: level });
      }
    }
  }
  return lives;
}

/** A buffer and its frame, in bytes from the arena's start. */
function rangeOf(
  { shape: [height], frameX, frameY, pixelBytes, rowBytes, offset }:
    ActivationBuffer,
) {
  return {
    start: offset - frameY * rowBytes - frameX * pixelBytes,
    end: offset + (height + frameY) * rowBytes,
  };
}

/** The nodes whose results are beside each other in that of `name`. */
function partsOf(graph: Graph, name: string): string[] {
  const node = graph.nodes.find((it) => it.name === name)!;
  return node.op === "concat"
    ? node.inputs.flatMap((it) => partsOf(graph, it))
    : [name];
}

function shapeOf({ buffer: { shape }, channels }: Slice) {
  return [shape[0], shape[1], channels] as const;
}

function assertCovered(all: number, each: number, tasks: number) {
  assert.ok(tasks * each >= all && (tasks - 1) * each < all);
}

function conv(
  name: string,
  input: string,
  changes: Partial<Extract<Node, { op: "conv" }>> = {},
): Node {
  return {
    op: "conv",
    name,
    input,
    kernel: [1, 1],
    stride: 1,
    padding: "valid",
    channels: 8,
    batchNorm: true,
    activation: "relu",
    ...changes,
  };
}

/** The mean of what the last of `nodes` gives. */
function graphOf(nodes: readonly Node[]): Graph {
  return {
    input: [20, 20, 3],
    nodes: [
      ...nodes,
      { op: "globalAvgPool", name: "features", input: nodes.at(-1)!.name },
    ],
    outputs: { features: "features" },
  };
}

function rejects(nodes: readonly Node[], message: RegExp) {
  assert.throws(() => planGraph(graphOf(nodes), "relaxed"), (error) => {
    assert.ok(error instanceof GraphError);
    assert.match(error.message, message);
    return true;
  });
}
