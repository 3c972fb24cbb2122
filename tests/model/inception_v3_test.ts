import assert from "node:assert/strict";
import {
  type BlockName,
  cost,
  inceptionV3,
  inferShapes,
  MIN_SIZE,
  type Shape,
  type Variant,
} from "../../src/model/mod.ts";

/**
 * The input of each row in Table 1 of arXiv 1512.00567. The released network differs as
 * noted: it goes from 73x73x64 to 35x35x192 by a 1x1 (73x73x80), a 3x3 (71x71x192) and
 * a pool, instead of a 3x3 (71x71x80) and a 3x3 of stride 2, and the first of the
 * blocks at 35x35 outputs 256 channels.
 */
const TABLE_1: readonly [node: string, shape: Shape][] = [
  ["Conv2d_1a_3x3", [149, 149, 32]],
  ["Conv2d_2a_3x3", [147, 147, 32]],
  ["Conv2d_2b_3x3", [147, 147, 64]],
  ["MaxPool_3a_3x3", [73, 73, 64]],
  ["Conv2d_3b_1x1", [73, 73, 80]],
  ["Conv2d_4a_3x3", [71, 71, 192]],
  ["MaxPool_5a_3x3", [35, 35, 192]],
  ["Mixed_5b", [35, 35, 256]],
  ["Mixed_5c", [35, 35, 288]],
  ["Mixed_5d", [35, 35, 288]],
  ["Mixed_6a", [17, 17, 768]],
  ["Mixed_6b", [17, 17, 768]],
  ["Mixed_6c", [17, 17, 768]],
  ["Mixed_6d", [17, 17, 768]],
  ["Mixed_6e", [17, 17, 768]],
  ["Mixed_7a", [8, 8, 1280]],
  ["Mixed_7b", [8, 8, 2048]],
  ["Mixed_7c", [8, 8, 2048]],
  ["AvgPool_1a", [1, 1, 2048]],
  ["Logits", [1, 1, 1000]],
  ["Predictions", [1, 1, 1000]],
];

Deno.test("inceptionV3() has the shapes of the paper's Table 1", () => {
  const graph = inceptionV3();
  assert.deepEqual(graph.input, [299, 299, 3]);
  const shapes = inferShapes(graph);
  for (const [node, shape] of TABLE_1) {
    assert.deepEqual(shapes.get(node), shape, node);
  }
});

Deno.test("inceptionV3() has 94 convolutions, as Keras's has", () => {
  const { nodes } = inceptionV3();
  assert.equal(nodes.filter(({ op }) => op === "conv").length, 94);
});

Deno.test("inceptionV3() has the paper's cost", () => {
  const { parameters, multiplyAdds } = cost(inceptionV3());
  assert.equal(parameters, 23_851_784); // Equals Keras's summary().
  assert.equal(Math.round(multiplyAdds / 1e8) / 10, 5.7);
});

Deno.test("low151 and low79 reach the same last grids at nearly the same cost", () => {
  const full = cost(inceptionV3());
  const sides: [Variant, Shape, Shape][] = [
    ["low151", [149, 149, 32], [35, 35, 288]],
    ["low79", [77, 77, 32], [36, 36, 288]],
  ];
  for (const [variant, first, mixed] of sides) {
    const graph = inceptionV3({ variant });
    const shapes = inferShapes(graph);
    assert.deepEqual(shapes.get("Conv2d_1a_3x3"), first);
    assert.deepEqual(shapes.get("Mixed_5d"), mixed);
    assert.deepEqual(shapes.get("Mixed_6e"), [17, 17, 768]);
    assert.deepEqual(shapes.get("Mixed_7c"), [8, 8, 2048]);
    const { parameters, multiplyAdds } = cost(graph);
    assert.equal(parameters, full.parameters);
    assert.ok(Math.abs(multiplyAdds / full.multiplyAdds - 1) < 0.07);
  }
});

Deno.test("inceptionV3() takes any size from 75", () => {
  for (let size = MIN_SIZE; size <= 400; size++) {
    const shapes = inferShapes(inceptionV3({ variant: size }));
    assert.deepEqual(shapes.get("AvgPool_1a"), [1, 1, 2048]);
  }
  for (const variant of [74, 0, -299, 299.5, NaN, Infinity]) {
    assert.throws(() => inceptionV3({ variant }), { name: "ArgumentError" });
  }
});

Deno.test("inceptionV3() ends with its features where it has no classes", () => {
  const graph = inceptionV3({ classes: 0, hiddenUnits: [8], auxiliary: true });
  assert.deepEqual(graph.outputs, {
    activations: "Mixed_7c",
    features: "AvgPool_1a",
  });
  const { nodes } = inceptionV3();
  assert.deepEqual(graph.nodes, nodes.slice(0, -2));
  assert.deepEqual(inferShapes(graph).get("AvgPool_1a"), [1, 1, 2048]);
  assert.equal(cost(graph).parameters, 21_802_784); // Equals Keras's summary().
});

Deno.test("inceptionV3() rejects a number of classes that isn't whole or below 0", () => {
  for (const classes of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => inceptionV3({ classes }), {
      name: "ArgumentError",
      message:
        `Cannot build Inception-v3 as its number of classes must be a whole number >= 0: current value is ${classes}`,
    });
  }
});

Deno.test("inceptionV3() rejects widths and hidden layers that there can't be", () => {
  const build = (options: unknown) => inceptionV3(options as never);
  for (const widthMultiplier of [0, -1, NaN, Infinity, "1"]) {
    assert.throws(() => build({ widthMultiplier }), {
      name: "ArgumentError",
      message: /widthMultiplier must be finite and > 0: current value is /,
    });
  }
  for (const hiddenUnits of [[0], [8, 1.5], ["8"], 8]) {
    assert.throws(() => build({ hiddenUnits }), {
      name: "ArgumentError",
      message: /hidden(Units| layer) must be an? /,
    });
  }
});

Deno.test("inceptionV3() has the auxiliary classifier on request", () => {
  assert.equal(inceptionV3().outputs.auxLogits, undefined);
  const graph = inceptionV3({ auxiliary: true, classes: 12 });
  const shapes = inferShapes(graph);
  assert.deepEqual(shapes.get("AuxLogits/AvgPool_5x5"), [5, 5, 768]);
  assert.deepEqual(shapes.get("AuxLogits/conv0"), [5, 5, 128]);
  assert.deepEqual(shapes.get("AuxLogits/conv1"), [1, 1, 768]);
  assert.deepEqual(shapes.get(graph.outputs.auxLogits!), [1, 1, 12]);
  const auxiliary = graph.nodes.filter(({ name }) => name.startsWith("Aux"));
  for (const node of auxiliary) {
    if (node.op === "conv") assert.ok(node.batchNorm, node.name);
  }
});

Deno.test("inceptionV3() has hidden layers in its head on request", () => {
  const graph = inceptionV3({ classes: 5, hiddenUnits: [256, 128] });
  const shapes = inferShapes(graph);
  assert.deepEqual(
    graph.nodes.slice(-4).map(({ name }) => [name, shapes.get(name)]),
    [
      ["Logits/hidden_1", [1, 1, 256]],
      ["Logits/hidden_2", [1, 1, 128]],
      ["Logits", [1, 1, 5]],
      ["Predictions", [1, 1, 5]],
    ],
  );
});

Deno.test("inceptionV3() ends with any block", () => {
  const blocks = TABLE_1.filter(([name]) => name.startsWith("Mixed"));
  const whole = inceptionV3({ classes: 0 }).nodes;
  for (const [lastBlock, shape] of blocks as [BlockName, Shape][]) {
    const graph = inceptionV3({ lastBlock, classes: 3 });
    const shapes = inferShapes(graph);
    assert.deepEqual(shapes.get(graph.outputs.activations!), shape);
    assert.equal(graph.outputs.activations, lastBlock);
    assert.deepEqual(shapes.get(graph.outputs.features), [1, 1, shape[2]]);
    const count = graph.nodes.length - 3;
    assert.deepEqual(graph.nodes.slice(0, count), whole.slice(0, count));
  }
  assert.deepEqual(inceptionV3({ lastBlock: "Mixed_7c" }), inceptionV3());
});

Deno.test("inceptionV3() takes the mean, the maximum or all of the last activations", () => {
  const cases = [
    ["mean", "globalAvgPool", "AvgPool_1a", 2048],
    ["max", "globalMaxPool", "MaxPool_1a", 2048],
    ["flatten", "flatten", "Flatten_1a", 8 * 8 * 2048],
  ] as const;
  for (const [pooling, op, name, values] of cases) {
    const graph = inceptionV3({ pooling });
    assert.deepEqual(graph.nodes.at(-3), { op, name, input: "Mixed_7c" });
    assert.equal(graph.outputs.features, name);
    assert.deepEqual(inferShapes(graph).get(name), [1, 1, values]);
    // The dense layer reads all of them.
    const { parameters } = cost(graph).nodes.at(-2)!;
    assert.equal(parameters, 1000 * (values + 1));
  }
});

Deno.test("inceptionV3() makes answers of logits by softmax, by sigmoid or not at all", () => {
  for (const activation of ["softmax", "sigmoid"] as const) {
    const graph = inceptionV3({ activation });
    const last = { op: activation, name: "Predictions", input: "Logits" };
    assert.deepEqual(graph.nodes.at(-1), last);
    assert.equal(graph.outputs.probabilities, "Predictions");
    assert.deepEqual(inferShapes(graph).get("Predictions"), [1, 1, 1000]);
  }
  const graph = inceptionV3({ activation: "none" });
  assert.equal(graph.nodes.at(-1)!.name, "Logits");
  assert.deepEqual(graph.outputs, {
    activations: "Mixed_7c",
    features: "AvgPool_1a",
    logits: "Logits",
  });
});

Deno.test("inceptionV3() has a max pool in Mixed_7c on request, as FID's network", () => {
  const { nodes } = inceptionV3();
  const fid = inceptionV3({ lastPool: "max" });
  const name = "Mixed_7c/MaxPool_3x3";
  for (const [i, node] of fid.nodes.entries()) {
    const other = nodes[i]!;
    if (node.name === name) {
      const input = "Mixed_7b";
      const window = { size: 3, stride: 1, padding: "same" };
      assert.deepEqual(node, { op: "maxPool", name, input, ...window });
      assert.equal(other.name, "Mixed_7c/AvgPool_3x3");
    } else if (node.name === "Mixed_7c/branch_pool") {
      assert.deepEqual(node, { ...other, input: name });
    } else {
      assert.deepEqual(node, other);
    }
  }
  assert.deepEqual(inferShapes(fid).get(name), [8, 8, 2048]);
});

Deno.test("inceptionV3() refuses ends that don't fit, or that there aren't", () => {
  const build = (options: unknown) => inceptionV3(options as never);
  const cases = [
    [{ lastBlock: "Mixed_8a" }, /lastBlock must be one of "Mixed_5b", /],
    [{ lastPool: "mean" }, /lastPool must be one of "avg", "max": /],
    [{ pooling: "avg" }, /pooling must be one of "mean", "max", "flatten": /],
    [{ activation: "relu" }, /activation must be one of "softmax", /],
    [
      { activation: null },
      /activation must be one of .*: current value is null/,
    ],
    [
      { lastBlock: "Mixed_6d", auxiliary: true },
      /lastBlock must be Mixed_6e or a later one with the auxiliary classifier/,
    ],
    [
      { lastBlock: "Mixed_7b", lastPool: "max" },
      /lastBlock must be Mixed_7c with the lastPool "max"/,
    ],
    [
      { countIncludePad: true, lastPool: "max" },
      /countIncludePad must be false/,
    ],
  ] as const;
  for (const [options, message] of cases) {
    assert.throws(() => build(options), { name: "ArgumentError", message });
  }
  const { outputs } = build({ lastBlock: "Mixed_6e", auxiliary: true });
  assert.equal(outputs.auxLogits, "AuxLogits/fc");
});
