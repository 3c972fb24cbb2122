import assert from "node:assert/strict";
import {
  cost,
  inceptionV3,
  inferShapes,
  MIN_SIZE,
  type Shape,
  type Variant,
} from "../../src/model/mod.ts";

/**
 * Table 1 of arXiv 1512.00567 lists what each row reads. Where the released
 * network differs it is noted: it went from 73x73x64 to 35x35x192 by a 1x1
 * (73x73x80), a 3x3 (71x71x192) and a pool, instead of a 3x3 (71x71x80) and a 3x3
 * of stride 2, and the first of the blocks at 35x35 gives 256 channels.
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
  assert.equal(parameters, 23_851_784); // Keras's summary() says the same.
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
  assert.equal(cost(graph).parameters, 21_802_784); // As Keras's summary().
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
