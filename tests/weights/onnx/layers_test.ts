import assert from "node:assert/strict";
import { floats, node, tensor } from "./onnx_file.ts";
import { readNodes, refusalOf } from "./read_nodes.ts";

const VECTORS = ["gamma", "beta", "mean", "variance"];
const NORM = VECTORS.map((name, i) => floats(name, [3], i, i + 1, i + 2));
/** Features of three channels. */
const POOL = node("GlobalAveragePool", ["x"], "p");
const FLAT = node("Flatten", ["p"], "f");

Deno.test("a BatchNormalization is read", () => {
  const [norm] = readNodes({
    nodes: [
      node("BatchNormalization", ["x", ...VECTORS], "y", {
        epsilon: { float: 0.5 },
      }),
    ],
    tensors: NORM,
  });
  const vector = (i: number) => ({ shape: [3], values: [i, i + 1, i + 2] });
  assert.deepEqual(norm, {
    op: "batchNorm",
    input: "x",
    gamma: vector(0),
    beta: vector(1),
    mean: vector(2),
    variance: vector(3),
    epsilon: 0.5,
  });
});

Deno.test("a model that was exported for training is refused", () => {
  const inputs = ["x", ...VECTORS];
  const nodes = [
    node("BatchNormalization", inputs, "y", { training_mode: 1 }),
    node("BatchNormalization", inputs, ["y", "mean2", "var2"]),
    node("Dropout", ["x", "", "training"], "y"),
  ];
  for (const it of nodes) {
    const text = refusalOf({
      nodes: [it],
      tensors: [...NORM, tensor("training", [], Uint8Array.of(1))],
    });
    assert.match(
      text,
      /^Cannot import the \w+ "\/y" of the ONNX model as it must be of inference: it is of training, .*; call model.eval\(\), then export the model without training=$/,
    );
  }
});

Deno.test("a Gemm's factors and transpositions are part of its weights", () => {
  const [, , dense] = readNodes({
    nodes: [
      POOL,
      FLAT,
      node("Gemm", ["f", "w", "b"], "y", {
        transB: 1,
        alpha: { float: 2 },
        beta: { float: 0.5 },
      }),
    ],
    tensors: [floats("w", [2, 3], 1, 2, 3, 4, 5, 6), floats("b", [2], 7, 8)],
  });
  assert.deepEqual(dense, {
    op: "dense",
    input: "f",
    kernel: { shape: [3, 2], values: [2, 8, 4, 10, 6, 12] },
    bias: { shape: [2], values: [3.5, 4] },
  });
});

Deno.test("a MatMul and an Add make a dense layer", () => {
  const nodes = readNodes({
    nodes: [
      POOL,
      FLAT,
      node("MatMul", ["f", "w"], "m"),
      node("Add", ["b", "m"], "y"),
    ],
    tensors: [floats("w", [3, 1], 1, 2, 3), floats("b", [1], 7)],
  });
  assert.deepEqual(nodes.slice(2), [
    {
      op: "dense",
      input: "f",
      kernel: { shape: [3, 1], values: [1, 2, 3] },
    },
    { op: "affine", input: "m", offset: { shape: [1], values: [7] } },
  ]);
});

Deno.test("activations are read, and a Clip at zero is a ReLU", () => {
  const activationOf = (
    op: string,
    attributes: Parameters<typeof node>[3] = {},
    opset = 17,
    ...inputs: string[]
  ) => {
    const [found] = readNodes({
      nodes: [node(op, ["x", ...inputs], "y", attributes)],
      tensors: [floats("zero", [], 0), floats("six", [], 6)],
      opset,
    });
    return (found as { activation: string }).activation;
  };
  assert.equal(activationOf("Relu"), "relu");
  assert.equal(activationOf("Sigmoid"), "sigmoid");
  assert.equal(activationOf("Softmax", { axis: 1 }), "softmax");
  assert.equal(activationOf("Softmax", {}, 12), "softmax");
  assert.equal(activationOf("LogSoftmax"), "LogSoftmax");
  assert.equal(activationOf("Clip", {}, 17, "zero"), "relu");
  assert.equal(activationOf("Clip", {}, 17, "zero", "six"), "clip to 0..6");
  const bounds = { min: { float: 0 }, max: { float: 3.4028234663852886e38 } };
  assert.equal(activationOf("Clip", bounds, 7), "relu");
  assert.equal(activationOf("Clip", {}, 17), "clip to -Infinity..Infinity");
});

Deno.test("what changes nothing makes no node", () => {
  const nodes = readNodes({
    nodes: [
      node("Identity", ["x"], "i"),
      node("Dropout", ["i", "ratio"], ["d", "mask"]),
      node("Cast", ["d"], "c", { to: 10 }),
      node("Relu", ["c"], "y"),
    ],
    tensors: [floats("ratio", [], 0.5)],
  });
  assert.deepEqual(nodes, [
    { op: "activation", input: "x", activation: "relu" },
  ]);
});

Deno.test("dense layers and activations that Totem doesn't compute are refused by name", () => {
  const refusals: [nodes: Parameters<typeof node>[], what: string][] = [
    [[["Gemm", ["f", "w"], "y", { transA: 1 }]], "a Gemm with transA"],
    [[["Gemm", ["p", "w"], "y"]], "a Gemm of the axes NCHW instead of NC"],
    [[["Gemm", ["f", "w", "b"], "y"]], "a Gemm with a C of [3]"],
    [[["MatMul", ["f", "b"], "y"]], "a MatMul of 1 axes"],
    [
      [["Softmax", ["x"], "y", { axis: -1 }]],
      "a Softmax of another axis than channels",
    ],
    [
      [
        ["Transpose", ["x"], "t", { perm: [0, 2, 3, 1] }],
        ["BatchNormalization", ["t", ...VECTORS], "y"],
      ],
      "a BatchNormalization of another axis than channels",
    ],
    [[["Cast", ["x"], "y", { to: 7 }]], "a Cast to whole numbers"],
    // The error names the first unsupported node.
    [
      [["LayerNormalization", ["x"], "l"], ["Conv", ["l", "w"], "y"]],
      "a LayerNormalization",
    ],
  ];
  for (const [nodes, what] of refusals) {
    assert.equal(
      refusalOf({
        nodes: [POOL, FLAT, ...nodes.map((it) => node(...it))],
        tensors: [
          floats("w", [3, 2], 1, 2, 3, 4, 5, 6),
          floats("b", [3], 1, 2, 3),
          ...NORM,
        ],
      }),
      what,
    );
  }
});
