import assert from "node:assert/strict";
import {
  delimited,
  type Message,
  message,
} from "../../../src/export/onnx/encode_protobuf.ts";
import { type Attribute, floats, input, node, tensor } from "./onnx_file.ts";
import { readNodes, refusalOf } from "./read_nodes.ts";

/** A node of ONNX Runtime's own operators. */
function microsoft(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes?: Readonly<Record<string, Attribute>>,
): Message {
  return message(
    node(op, inputs, output, attributes),
    delimited(7, "com.microsoft"),
  );
}

/** Scales of activations, and zero points: the minimum, and another one. */
const STEPS = [
  floats("s", [], 0.5),
  floats("t", [], 0.25),
  tensor("least", [], Uint8Array.of(0)),
  tensor("zero", [], Uint8Array.of(3)),
];
const IMAGE = [input("x", [null, 3, 299, 299], 2)];

Deno.test("a QLinearConv is the convolution that its numbers stand for", () => {
  const convolve = (zero: string, bias: readonly string[]) =>
    readNodes({
      inputs: IMAGE,
      nodes: [
        node(
          "QLinearConv",
          ["x", "s", "zero", "w", "ws", "wz", "t", zero, ...bias],
          "y",
          { strides: [2, 2] },
        ),
      ],
      tensors: [
        ...STEPS,
        tensor("w", [2, 3, 1, 1], Int8Array.of(1, 2, 3, 4, 5, -6)),
        floats("ws", [2], 0.5, 2),
        tensor("wz", [2], Int8Array.of(0, 1)),
        tensor("b", [2], Int32Array.of(4, -5)),
      ],
    });
  const [image, conv, relu] = convolve("least", ["b"]);
  // The bytes of an image are dequantized first.
  assert.deepEqual(image, {
    op: "affine",
    input: "x",
    scale: { shape: [1], values: [0.5] },
    offset: { shape: [1], values: [-1.5] },
  });
  assert.deepEqual(conv, {
    op: "conv",
    input: "y",
    kernel: { shape: [1, 1, 3, 2], values: [0.5, 6, 1, 8, 1.5, -14] },
    bias: { shape: [2], values: [1, -5] },
    stride: [2, 2],
    padding: "valid",
    dilation: [1, 1],
    groups: 1,
  });
  // The minimum code is zero.
  assert.deepEqual(relu, {
    op: "activation",
    input: "y'",
    activation: "relu",
  });
  assert.equal(convolve("least", []).length, 3);
  assert.equal(convolve("zero", ["b"]).length, 2);
});

/** Two grids of two channels without a following layer. */
const GRIDS = [
  node("QuantizeLinear", ["x", "s", "zero"], "q"),
  node("QLinearConv", ["q", "s", "zero", "w", "s", "zero", "t", "zero"], "a"),
  node("QLinearConv", ["q", "s", "zero", "w", "s", "zero", "t", "zero"], "b"),
];
const KERNEL = tensor("w", [2, 3, 1, 1], Uint8Array.of(3, 4, 5, 6, 7, 8));

function readAfterGrids(nodes: readonly Message[]) {
  return readNodes({
    nodes: [...GRIDS, ...nodes],
    tensors: [
      ...STEPS,
      KERNEL,
      tensor("m", [2, 2], Int8Array.of(1, 2, 3, 4)),
      floats("ms", [2], 1, 10),
      tensor("mz", [2], Int8Array.of(0, 1)),
      tensor("c", [2], Int32Array.of(6, 7)),
      tensor("one", [1, 2, 1, 1], Uint8Array.of(4, 5)),
    ],
  }).slice(2);
}

Deno.test("a QLinearConcat joins values of any steps", () => {
  const parts = ["b", "s", "least", "a", "t", "zero"];
  assert.deepEqual(
    readAfterGrids([
      microsoft("QLinearConcat", ["t", "least", ...parts], "y", { axis: 1 }),
    ]),
    [{ op: "concat", inputs: ["b", "a"] }],
  );
});

Deno.test("pools of whole numbers are pools", () => {
  const inputs = ["a", "t", "zero", "s", "zero"];
  assert.deepEqual(
    readAfterGrids([
      microsoft("QLinearAveragePool", inputs, "p", {
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
        count_include_pad: 1,
      }),
      node("MaxPool", ["p"], "x2", { kernel_shape: [3, 3], strides: [2, 2] }),
      microsoft("QLinearGlobalAveragePool", ["x2", ...inputs.slice(1)], "y"),
      microsoft("QLinearReduceMean", ["x2", ...inputs.slice(1)], "z", {
        axes: [2, 3],
      }),
    ]),
    [
      {
        op: "pool",
        input: "a",
        kind: "mean",
        size: [3, 3],
        stride: [1, 1],
        padding: [1, 1, 1, 1],
        countIncludePad: true,
      },
      {
        op: "pool",
        input: "p",
        kind: "max",
        size: [3, 3],
        stride: [2, 2],
        padding: "valid",
      },
      { op: "globalPool", input: "x2", kind: "mean" },
      { op: "globalPool", input: "x2", kind: "mean" },
    ],
  );
});

Deno.test("dense layers and answers of whole numbers are read", () => {
  const step = ["s", "zero"];
  const pooled = [
    microsoft("QLinearGlobalAveragePool", ["a", ...step, ...step], "p"),
    node("Flatten", ["p"], "f"),
  ];
  const dense = (...nodes: Message[]) =>
    readAfterGrids([...pooled, ...nodes]).slice(2);
  const matrix = ["f", ...step, "m", "ms", "mz"];
  assert.deepEqual(
    dense(
      node("QLinearMatMul", [...matrix, "t", "zero"], "d"),
      microsoft("QLinearSoftmax", ["d", "t", "zero", "t", "least"], "y", {
        opset: 13,
        axis: 1,
      }),
    ),
    [
      // A scale per column.
      {
        op: "dense",
        input: "f",
        kernel: { shape: [2, 2], values: [1, 10, 3, 30] },
      },
      { op: "activation", input: "d", activation: "softmax" },
    ],
  );
  assert.deepEqual(
    dense(
      microsoft("QGemm", [...matrix, "c", "t", "least"], "d", {
        transB: 1,
        alpha: { float: 2 },
      }),
      microsoft("QLinearSigmoid", ["d", "t", "zero", "t", "least"], "y"),
    ),
    [
      // Its columns are the rows of the matrix.
      {
        op: "dense",
        input: "f",
        kernel: { shape: [2, 2], values: [2, 40, 4, 60] },
        bias: { shape: [2], values: [6, 70] },
      },
      { op: "activation", input: "d", activation: "relu" },
      { op: "activation", input: "d'", activation: "sigmoid" },
    ],
  );
  // Without an output scale, the result is floats.
  assert.deepEqual(
    dense(microsoft("QGemm", [...matrix, "c"], "y")).length,
    1,
  );
});

Deno.test("sums and products of whole numbers are of what these stand for", () => {
  const constant = ["one", "s", "zero"];
  assert.deepEqual(
    readAfterGrids([
      microsoft(
        "QLinearMul",
        ["a", "t", "zero", ...constant, "t", "zero"],
        "p",
      ),
      microsoft(
        "QLinearAdd",
        [...constant, "p", "t", "zero", "t", "least"],
        "y",
      ),
    ]),
    [
      { op: "affine", input: "a", scale: { shape: [2], values: [0.5, 1] } },
      { op: "affine", input: "p", offset: { shape: [2], values: [0.5, 1] } },
      { op: "activation", input: "y", activation: "relu" },
    ],
  );
});

Deno.test("whole numbers that Totem doesn't compute with are refused by name", () => {
  const refusals: [Message, string][] = [
    [
      microsoft("QLinearAveragePool", ["a", "s", "zero", "s", "zero"], "y", {
        channels_last: 1,
      }),
      "a com.microsoft.QLinearAveragePool with channels_last",
    ],
    [
      microsoft(
        "QLinearAdd",
        ["a", "s", "zero", "b", "s", "zero", "s", "zero"],
        "y",
      ),
      "a com.microsoft.QLinearAdd of two computed values",
    ],
    [
      microsoft("QLinearLeakyRelu", ["a", "s", "zero", "s", "zero"], "y"),
      "a com.microsoft.QLinearLeakyRelu, which computes in whole numbers: give the float model that it was made of",
    ],
    [
      node(
        "QLinearConv",
        ["q", "pair", "zero", "w", "s", "zero", "t", "zero", "c"],
        "y",
      ),
      "a QLinearConv with scales of [2] and [] for a bias of [2]",
    ],
    [
      node("QLinearConv", ["q", "s", "zero", "w", "s", "zero", "t"], "y"),
      "read",
    ],
    [
      node("QLinearConv", ["q", "s", "zero", "w"], "y"),
      'Cannot import the QLinearConv "/y" of the ONNX model as it must have 5 inputs: it has 4',
    ],
  ];
  for (const [refused, what] of refusals) {
    const tensors = [
      ...STEPS,
      KERNEL,
      floats("pair", [2], 1, 2),
      tensor("c", [2], Int32Array.of(6, 7)),
    ];
    assert.equal(refusalOf({ nodes: [...GRIDS, refused], tensors }), what);
  }
});
