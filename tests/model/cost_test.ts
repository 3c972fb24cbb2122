import assert from "node:assert/strict";
import { cost, type Graph, inceptionV3 } from "../../src/model/mod.ts";

Deno.test("cost() counts a small network as by hand", () => {
  const graph: Graph = {
    input: [5, 5, 3],
    nodes: [
      {
        op: "conv",
        name: "conv",
        input: "input",
        kernel: [3, 2],
        stride: 1,
        padding: "valid",
        channels: 4,
        batchNorm: true,
        activation: "relu",
      },
      {
        op: "dense",
        name: "dense",
        input: "conv",
        units: 2,
        activation: "linear",
      },
      { op: "softmax", name: "softmax", input: "dense" },
    ],
    outputs: { features: "conv", logits: "dense", probabilities: "softmax" },
  };
  const { nodes, multiplyAdds, parameters, activationBytes } = cost(graph);
  assert.deepEqual(nodes.map((it) => it.multiplyAdds), [
    3 * 4 * (3 * 2 * 3) * 4,
    3 * 4 * 4 * 2,
    0,
  ]);
  assert.deepEqual(nodes.map((it) => it.parameters), [
    3 * 2 * 3 * 4 + 4 * 3,
    3 * 4 * 4 * 2 + 2,
    0,
  ]);
  assert.equal(multiplyAdds, 864 + 96);
  assert.equal(parameters, 84 + 98);
  assert.equal(activationBytes, (48 + 2 + 2) * 4);
});

Deno.test("cost() gives activations in the bytes that are asked for", () => {
  const graph = inceptionV3();
  const bytes = cost(graph, 1).activationBytes;
  assert.equal(cost(graph).activationBytes, 4 * bytes);
});
