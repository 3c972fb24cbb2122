import assert from "node:assert/strict";
import {
  byte,
  float,
  int,
} from "../../../src/export/tflite/encode_flatbuffer.ts";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { readGraph } from "../../../src/weights/tflite/graph.ts";
import { parseModel } from "../../../src/weights/tflite/model.ts";
import { type Operator, type Tensor, tfliteFile } from "./tflite_file.ts";

/** `BuiltinOperator`. */
const ADD = 0, AVERAGE_POOL = 1, CONCATENATION = 2, CONV = 3, DEPTHWISE = 4;
const DEQUANTIZE = 6, DENSE = 9, LOGISTIC = 14, MAX_POOL = 17, MUL = 18;
const RELU6 = 21, RESHAPE = 22, SOFTMAX = 25, PAD = 34, TRANSPOSE = 39;
const MEAN = 40, SUB = 41, DIV = 42, STRIDED_SLICE = 45, SHAPE = 77;
const REDUCE_MAX = 82, PACK = 83, QUANTIZE = 114, CUSTOM = 32;
/** `ActivationFunctionType`. */
const NONE = byte(0), FUSED_RELU = byte(1);
const SAME = byte(0), VALID = byte(1);

const IMAGE = { shape: [1, 9, 9, 3] };
const GRID = { shape: [1, 9, 9, 2] };
const FLAT = { shape: [1, 3] };
const floats = (shape: readonly number[], ...values: number[]): Tensor => ({
  shape,
  values: Float32Array.from(values),
});
const ints = (shape: readonly number[], ...values: number[]): Tensor => ({
  shape,
  type: 2,
  values: Int32Array.from(values),
});
const op = (
  code: number,
  inputs: readonly string[],
  output: string,
  ...options: NonNullable<Operator["options"]>
): Operator => ({ code, inputs, output, options });

/** Reads the foreign nodes, without the input, as plain values. */
function read(
  operators: readonly Operator[],
  tensors: Readonly<Record<string, Tensor>> = {},
): unknown[] {
  const parts = { tensors: { x: IMAGE, y: GRID, ...tensors }, operators };
  const { nodes } = readGraph(parseModel(tfliteFile(parts)));
  return [...nodes.values()].filter((it) => it.op !== "input")
    .map(({ name: _, ...node }) =>
      JSON.parse(
        JSON.stringify(node, (_, value) =>
          typeof value?.read === "function"
            ? { shape: value.shape, values: [...value.read()] }
            : value),
      )
    );
}

const WEIGHTS = {
  w: floats([2, 1, 1, 3], 1, 2, 3, 4, 5, 6),
  b: floats([2], 7, 8),
};
const CONV_NODE = {
  op: "conv",
  input: "0",
  kernel: { shape: [1, 1, 3, 2], values: [1, 4, 2, 5, 3, 6] },
  bias: { shape: [2], values: [7, 8] },
  stride: [3, 2],
  padding: "same",
  dilation: [1, 1],
};

Deno.test("a CONV_2D is read with its options and its activation", () => {
  const conv = (...options: NonNullable<Operator["options"]>) =>
    read([op(CONV, ["x", "w", "b"], "y", ...options)], WEIGHTS);
  assert.deepEqual(conv(SAME, int(2), int(3), NONE), [CONV_NODE]);
  assert.deepEqual(conv(VALID, int(2), int(3), FUSED_RELU, int(4), int(5)), [
    { ...CONV_NODE, padding: "valid", dilation: [5, 4] },
    { op: "activation", input: "1/linear", activation: "relu" },
  ]);
  const [, clipped] = conv(VALID, int(1), int(1), byte(3));
  assert.deepEqual(clipped, {
    op: "activation",
    input: "1/linear",
    activation: "RELU6",
  });
});

Deno.test("weights in whole numbers and in f16 are the numbers that they stand for", () => {
  const conv = op(CONV, ["x", "v", "c"], "y", SAME, int(2), int(3), NONE);
  const [perChannel] = read([op(DEQUANTIZE, ["w"], "v"), conv], {
    v: WEIGHTS.w && { shape: [2, 1, 1, 3] },
    w: {
      shape: [2, 1, 1, 3],
      type: 9,
      values: Int8Array.of(2, 4, 6, 5, 6, 7),
      scales: [0.5, 1],
      zeros: [0, 1],
    },
    c: {
      shape: [2],
      type: 2,
      values: Int32Array.of(14, 8),
      scales: [0.5, 1],
      zeros: [0, 0],
    },
  });
  assert.deepEqual(perChannel, CONV_NODE);
  const [perTensor] = read([conv], {
    v: {
      shape: [2, 1, 1, 3],
      type: 3,
      values: Uint8Array.of(130, 132, 134, 136, 138, 140),
      scales: [0.5],
      zeros: [128],
    },
    c: WEIGHTS.b,
  });
  assert.deepEqual(perTensor, CONV_NODE);
  const half = { type: 1, values: Uint16Array.of(0x4700, 0x4800) };
  const [f16] = read([op(DEQUANTIZE, ["h"], "c"), conv], {
    v: WEIGHTS.w,
    h: { shape: [2], ...half },
    c: { shape: [2] },
  });
  assert.deepEqual(f16, CONV_NODE);
});

Deno.test("pools are read, and only zeros of a PAD count in a mean", () => {
  const pool = (code: number, input: string, padding = SAME) =>
    op(code, [input], "y", padding, int(1), int(1), int(3), int(2), NONE);
  const node = { op: "pool", input: "0", size: [2, 3], stride: [1, 1] };
  assert.deepEqual(read([pool(MAX_POOL, "x")]), [
    { ...node, kind: "max", padding: "same" },
  ]);
  assert.deepEqual(read([pool(AVERAGE_POOL, "x")]), [
    { ...node, kind: "mean", padding: "same", countIncludePad: false },
  ]);
  assert.deepEqual(read([pool(AVERAGE_POOL, "x", VALID)]), [
    { ...node, kind: "mean", padding: "valid" },
  ]);
  const padded = read([
    op(PAD, ["x", "pads"], "p"),
    pool(AVERAGE_POOL, "p", VALID),
  ], { p: IMAGE, pads: ints([4, 2], 0, 0, 1, 2, 3, 4, 0, 0) });
  assert.deepEqual(padded, [
    { ...node, kind: "mean", padding: [1, 3, 2, 4], countIncludePad: true },
  ]);
});

Deno.test("a head is read: pool, flattening, dense layer, answer", () => {
  const nodes = read([
    op(MEAN, ["x", "axes"], "m", byte(1)),
    op(SHAPE, ["x"], "s"),
    op(STRIDED_SLICE, ["s", "axes", "axes", "axes"], "n"),
    op(PACK, ["n", "axes"], "t"),
    op(RESHAPE, ["m", "t"], "f"),
    op(DENSE, ["f", "k", "c"], "d", FUSED_RELU),
    op(SOFTMAX, ["d"], "y", float(1)),
  ], {
    axes: ints([2], 2, 1),
    s: ints([4]),
    n: ints([1]),
    t: ints([2]),
    m: { shape: [1, 1, 1, 3] },
    f: FLAT,
    k: floats([2, 3], 1, 2, 3, 4, 5, 6),
    c: floats([2], 7, 8),
    d: { shape: [1, 2] },
  });
  assert.deepEqual(nodes, [
    { op: "globalPool", input: "0", kind: "mean" },
    { op: "flatten", input: "6", order: "height-width-channel" },
    {
      op: "dense",
      input: "7",
      kernel: { shape: [3, 2], values: [1, 4, 2, 5, 3, 6] },
      bias: { shape: [2], values: [7, 8] },
    },
    { op: "activation", input: "10/linear", activation: "relu" },
    { op: "activation", input: "10", activation: "softmax" },
  ]);
});

Deno.test("a FULLY_CONNECTED flattens by itself, and may have no bias", () => {
  const nodes = read([op(DENSE, ["x", "k", ""], "y")], {
    k: floats([1, 243], ...Array(243).fill(1)),
    y: { shape: [1, 1] },
  });
  assert.deepEqual(nodes.map((it) => (it as { op: string }).op), [
    "flatten",
    "dense",
  ]);
  assert.equal((nodes[1] as { input: string }).input, "1");
  assert.ok(!("bias" in (nodes[1] as object)));
});

Deno.test("what is the same values again makes no node", () => {
  const nodes = read([
    op(QUANTIZE, ["x"], "q"),
    op(DEQUANTIZE, ["q"], "d"),
    op(LOGISTIC, ["d"], "y"),
  ], { q: IMAGE, d: IMAGE });
  assert.deepEqual(nodes, [
    { op: "activation", input: "0", activation: "sigmoid" },
  ]);
});

Deno.test("sums and products with constants are scales and offsets", () => {
  const affine = (code: number, inputs: string[]) => {
    const [node] = read([op(code, inputs, "y")], {
      c: floats([3], 1, 2, 4),
    });
    const { op: _, input: __, ...rest } = node as Record<string, unknown>;
    return rest;
  };
  const vector = (...values: number[]) => ({ shape: [3], values });
  assert.deepEqual(affine(ADD, ["c", "x"]), { offset: vector(1, 2, 4) });
  assert.deepEqual(affine(SUB, ["x", "c"]), { offset: vector(-1, -2, -4) });
  assert.deepEqual(affine(SUB, ["c", "x"]), {
    scale: vector(-1, -1, -1),
    offset: vector(1, 2, 4),
  });
  assert.deepEqual(affine(MUL, ["x", "c"]), { scale: vector(1, 2, 4) });
  assert.deepEqual(affine(DIV, ["x", "c"]), { scale: vector(1, 0.5, 0.25) });
});

Deno.test("an image in PyTorch's layout is transposed first", () => {
  const [conv] = read([
    op(TRANSPOSE, ["x", "order"], "t"),
    op(CONV, ["t", "w", "b"], "y", SAME, int(2), int(3), NONE),
  ], {
    ...WEIGHTS,
    x: { shape: [1, 3, 9, 9] },
    t: IMAGE,
    order: ints([4], 0, 2, 3, 1),
  });
  assert.deepEqual(conv, CONV_NODE);
});

Deno.test("what Totem doesn't compute is refused by name", () => {
  const refusals: [operators: Operator[], what: string][] = [
    [[op(DEPTHWISE, ["x", "w"], "y")], "DEPTHWISE_CONV_2D"],
    [
      [op(DEPTHWISE, ["x"], "p"), op(ADD, ["p", "b"], "y")],
      "DEPTHWISE_CONV_2D",
    ],
    [
      [{ ...op(CUSTOM, ["x"], "y"), custom: "MyOp" }],
      "the custom operator MyOp",
    ],
    [[op(199, ["x"], "y")], "number 199 of BuiltinOperator"],
    [[op(SOFTMAX, ["x"], "y", float(2))], "SOFTMAX with a beta of 2"],
    [
      [op(CONCATENATION, ["x", "x"], "y", int(1))],
      "CONCATENATION along axis 1 instead of 3",
    ],
    [
      [op(REDUCE_MAX, ["x", "channels"], "y")],
      "REDUCE_MAX of the axes C instead of HW",
    ],
    [
      [op(ADD, ["x", "x"], "y")],
      "ADD of two computed values",
    ],
    [
      [op(MUL, ["x", "wide"], "y")],
      "MUL of [9,1], which isn't one value nor one a channel",
    ],
    [[op(DIV, ["b1", "x"], "y")], "DIV by computed values"],
    [[op(RESHAPE, ["x", "b"], "y")], "RESHAPE to [1,9,9,2]"],
    [[op(CONV, ["x", "x"], "y")], "CONV_2D whose input 1 is computed"],
    [[op(CONV, ["x"], "y")], "CONV_2D without its input 1"],
    [
      [op(PAD, ["x", "pads"], "p"), op(MAX_POOL, ["p"], "y", VALID)],
      "MAX_POOL_2D of a padded value",
    ],
    [
      [op(PAD, ["x", "pads"], "p"), op(CONV, ["p", "w"], "y", SAME)],
      "CONV_2D with padding 0 of a padded value",
    ],
    [
      [op(PAD, ["x", "outer"], "y")],
      "PAD of something else than zeros around the image",
    ],
    [[op(TRANSPOSE, ["x", "pads"], "y")], "TRANSPOSE by [0,0,1,1,1,1,0,0]"],
  ];
  for (const [operators, what] of refusals) {
    const nodes = read(operators, {
      ...WEIGHTS,
      b1: floats([1], 1),
      p: IMAGE,
      wide: floats([9, 1], ...Array(9).fill(1)),
      channels: ints([1], 3),
      pads: ints([4, 2], 0, 0, 1, 1, 1, 1, 0, 0),
      outer: ints([4, 2], 0, 0, 1, 1, 1, 1, 1, 0),
    });
    const other = nodes.find((it) => (it as { op: string }).op === "other");
    assert.deepEqual(other, { op: "other", what });
  }
  const [activation] = read([op(RELU6, ["x"], "y")]);
  assert.equal((activation as { activation: string }).activation, "RELU6");
});

Deno.test("weights that can't be read are refused by name", () => {
  const refusals: [Tensor, text: string][] = [
    [
      { ...WEIGHTS.w, isSparse: true },
      "its values must all be there: it is sparse; convert the model without sparsity",
    ],
    [
      { ...WEIGHTS.w, type: 17 },
      "its type must be a float or whole numbers of 8 bits or more: it is 17 in TensorType",
    ],
    [
      { ...WEIGHTS.w, shape: [3, 1, 1, 3] },
      "of shape [3,1,1,3] it must have 36 bytes: it has 24",
    ],
    [
      {
        shape: [2, 1, 1, 3],
        type: 9,
        values: new Int8Array(6),
        scales: [1, 2, 3],
      },
      "it must have one scale, or one for each index of axis 0: its shape is [2,1,1,3], and it has 3 with 0 zero points",
    ],
  ];
  for (const [w, text] of refusals) {
    assert.throws(
      () => read([op(CONV, ["x", "w"], "y")], { w }),
      new CorruptWeightsError(`Cannot read the TFLite tensor "w" as ${text}`),
    );
  }
});
