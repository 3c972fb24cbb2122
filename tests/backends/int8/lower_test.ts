import assert from "node:assert/strict";
import {
  type LoweredGraph,
  lowerGraph,
  type Step,
} from "../../../src/backends/int8/lower.ts";
import type {
  ActivationBuffer,
  Slice,
  Vector,
} from "../../../src/backends/int8/plan_activations.ts";
import {
  type Graph,
  inceptionV3,
  inferShapes,
  INPUT,
  type Node,
  nodesFor,
} from "../../../src/model/mod.ts";
import { GraphError } from "../../../src/errors.ts";
import { samePadding } from "../../../src/model/shapes.ts";
import { conv as convOf } from "../../model/small_graph.ts";
import { NETWORKS } from "./networks.ts";

const GRAPHS = Object.entries(NETWORKS).map(([name, options]) => {
  const graph = inceptionV3(options);
  return { name, graph, lowered: lowerGraph(graph) };
});

/** Channels that steps read or write; a vector counts as a single channel. */
interface Place {
  readonly of: ActivationBuffer | Vector;
  readonly from: number;
  readonly to: number;
}

Deno.test("lowerGraph() gives every node but concatenations one step", () => {
  for (const { name, graph, lowered } of GRAPHS) {
    const { features, logits, probabilities } = graph.outputs;
    const expected = nodesFor(graph, probabilities ?? logits ?? features)
      .filter(({ op }) => op !== "concat").map(({ name }) => name);
    const steps = lowered.levels.flat().flatMap((it) =>
      it.op === "border" ? [] : [it.node.name]
    );
    assert.deepEqual(steps.sort(), expected.sort(), name);
  }
});

Deno.test("lowerGraph() lets steps read only what earlier levels wrote, and write nothing twice", () => {
  for (const { name, lowered } of GRAPHS) {
    // For each vector and each channel of a buffer, whether it has been written.
    const written = new Map<Vector | ActivationBuffer, boolean[]>([
      [lowered.image, [true, true, true]],
    ]);
    for (const [level, steps] of lowered.levels.entries()) {
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

Deno.test("lowerGraph() lays no activation over another while it is needed", () => {
  for (const { name, lowered } of GRAPHS) {
    const lives = [...livesOf(lowered)];
    for (const [i, [buffer, { birth, death }]] of lives.entries()) {
      const { start, end } = rangeOf(buffer);
      assert.ok(start >= 0 && end <= lowered.arenaBytes, name);
      for (const [other, its] of lives.slice(0, i)) {
        const together = birth <= its.death && its.birth <= death;
        const { start: otherStart, end: otherEnd } = rangeOf(other);
        const apart = end <= otherStart || otherEnd <= start;
        assert.ok(!together || apart, `${name}: ${buffer.shape}`);
      }
    }
  }
});

Deno.test("lowerGraph() gives vectors places of their own", () => {
  for (const { name, lowered } of GRAPHS) {
    const vectors = lowered.levels.flat().flatMap((step) =>
      "output" in step && "length" in step.output ? [step.output] : []
    ).sort((a, b) => a.offset - b.offset);
    let end = 0;
    for (const { offset, length } of vectors) {
      assert.ok(offset >= end && offset % 64 === 0, name);
      end = offset + Math.ceil(length / 16) * 64;
    }
    assert.ok(end <= lowered.vectorBytes, name);
  }
});

Deno.test("lowerGraph() never copies a concatenation: its inputs lie side by side", () => {
  for (const { name, graph, lowered } of GRAPHS) {
    const outputs = new Map(
      lowered.levels.flat().flatMap((step) =>
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

Deno.test("lowerGraph() gives activations the frames that windows read", () => {
  for (const { name, lowered } of GRAPHS) {
    for (const step of lowered.levels.flat()) {
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

Deno.test("lowerGraph() has a border step for each frame that is read, and no other", () => {
  for (const { name, lowered } of GRAPHS) {
    const steps = lowered.levels.flat();
    const framed = new Set<ActivationBuffer>();
    for (const step of steps) {
      if (step.op === "border" || !("buffer" in step.input)) continue;
      const { buffer } = step.input;
      if (buffer.frameX > 0 || buffer.frameY > 0) framed.add(buffer);
    }
    const borders = steps.flatMap((it) => it.op === "border" ? it.output : []);
    assert.equal(borders.length, framed.size, name);
    assert.ok(borders.every((it) => framed.has(it)), name);
  }
});

Deno.test("lowerGraph() says after how many levels each result is there", () => {
  for (const { name, graph, lowered } of GRAPHS) {
    const { auxLogits: _, ...outputs } = graph.outputs;
    assert.deepEqual([...lowered.outputs.keys()], Object.keys(outputs), name);
    for (const [output, result] of lowered.outputs) {
      if ("buffer" in result.place) continue; // Several steps write a concatenation.
      const last = lowered.levels[result.levels - 1]!;
      const step = last.find((it) =>
        "output" in it && it.output === result.place
      );
      assert.ok(
        step && step.op !== "border" &&
          step.node.name === graph.outputs[output],
        `${name}: ${output}`,
      );
    }
  }
});

Deno.test("lowerGraph() says after how many levels the last activations are there, whole", () => {
  for (const { name, graph, lowered } of GRAPHS) {
    const result = lowered.outputs.get("activations")!;
    const { place, levels } = result;
    assert.ok("buffer" in place, name);
    const { buffer } = place;
    const writers = lowered.levels.map((steps) =>
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

Deno.test("lowerGraph() rejects a convolution whose results may be negative", () => {
  rejects(
    [conv("linear", INPUT, { activation: "linear" })],
    /"linear".*must end with relu/,
  );
});

Deno.test("lowerGraph() rejects an activation in two concatenations", () => {
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

Deno.test("lowerGraph() rejects a concatenation with the image", () => {
  rejects([
    conv("a", INPUT),
    { op: "concat", name: "both", inputs: ["a", INPUT] },
  ], /"both".*"input"/);
});

Deno.test("lowerGraph() rejects a convolution of a part of a concatenation", () => {
  rejects([
    conv("a", INPUT),
    conv("b", "a"),
    { op: "concat", name: "both", inputs: ["a", "b"] },
  ], /"b".*all channels of "both"/);
});

Deno.test("lowerGraph() rejects windows that pad the image", () => {
  const padded = { kernel: [3, 3], padding: "same" } as const;
  rejects(
    [conv("padded", INPUT, padded)],
    /"padded".*must read the image without padding/,
  );
});

Deno.test("lowerGraph() rejects average pools whose sums overflow", () => {
  const pool = (size: number): Node[] => [conv("a", INPUT), {
    op: "avgPool",
    name: "pool",
    input: "a",
    size,
    stride: 1,
    padding: "valid",
    countIncludePad: false,
  }];
  lowerGraph(graphOf(pool(16)));
  rejects(pool(17), /"pool".*must have a size <= 16/);
});

Deno.test("lowerGraph() rejects codes where vectors are, and the other way round", () => {
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
  for (const op of ["globalAvgPool", "globalMaxPool", "flatten"] as const) {
    const end = (input: string): Node => ({ op, name: "pool", input });
    const after = conv("b", "pool");
    rejects([a, end("a"), after], /"b".*come before the global pool/);
    rejects([end(INPUT)], /"pool".*must not read the image/);
  }
  rejects(
    [a, pool, { op: "concat", name: "both", inputs: ["pool"] }],
    /"both".*must come before the global pool/,
  );
  const pooled = { ...dense, input: "pool" };
  for (const op of ["softmax", "sigmoid"] as const) {
    const answer: Node = { op, name: "answer", input: "dense" };
    assert.throws(
      () =>
        lowerGraph({
          input: [20, 20, 3],
          nodes: [a, pool, pooled, answer, {
            ...pooled,
            name: "last",
            input: "answer",
          }],
          outputs: { features: "last" },
        }),
      new RegExp(`"last".*must not follow a ${op}`),
    );
  }
  const graph = { ...graphOf([a]), outputs: { features: "a" } };
  assert.throws(
    () => lowerGraph(graph),
    /"a".*must follow a global pool to be the output "/,
  );
});

Deno.test("lowerGraph() rejects a pool of the image", () => {
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
  // Without the frame, which a border step writes.
  return placesOf(step.output).slice(0, 1);
}

function placesOf(it: Slice | Vector): Place[] {
  if (!("buffer" in it)) return [{ of: it, from: 0, to: 1 }];
  const { buffer, channel, channels } = it;
  const pixels = { of: buffer, from: channel, to: channel + channels };
  const hasFrame = buffer.frameX > 0 || buffer.frameY > 0;
  return hasFrame ? [pixels, frameOf(buffer)] : [pixels];
}

/** The frame, as if it were a channel after the last one. */
function frameOf(buffer: ActivationBuffer): Place {
  const [, , channels] = buffer.shape;
  return { of: buffer, from: channels, to: channels + 1 };
}

/** The first and the last level that uses each buffer. */
function livesOf(lowered: LoweredGraph) {
  const lives = new Map([[lowered.image, { birth: -1, death: -1 }]]);
  for (const [level, steps] of lowered.levels.entries()) {
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

/** The address range of a buffer with its frame, in bytes from the arena's start. */
function rangeOf(
  { shape: [height], frameX, frameY, pixelBytes, rowBytes, offset }:
    ActivationBuffer,
) {
  return {
    start: offset - frameY * rowBytes - frameX * pixelBytes,
    end: offset + (height + frameY) * rowBytes,
  };
}

/** The nodes whose results are adjacent parts of the result of `name`. */
function partsOf(graph: Graph, name: string): string[] {
  const node = graph.nodes.find((it) => it.name === name)!;
  return node.op === "concat"
    ? node.inputs.flatMap((it) => partsOf(graph, it))
    : [name];
}

function conv(
  name: string,
  input: string,
  changes?: Parameters<typeof convOf>[2],
): Node {
  return convOf(name, input, { channels: 8, ...changes });
}

/** A graph that takes the mean of the last of `nodes`. */
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
  assert.throws(() => lowerGraph(graphOf(nodes)), (error) => {
    assert.ok(error instanceof GraphError);
    assert.match(error.message, message);
    return true;
  });
}
