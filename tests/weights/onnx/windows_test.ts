import assert from "node:assert/strict";
import { floats, input, ints, node } from "./onnx_file.ts";
import { readNodes, refusalOf } from "./read_nodes.ts";

const KERNEL = floats("w", [2, 3, 1, 2], ...Array(12).keys());
const CONV = { op: "conv", input: "x", stride: [1, 1], dilation: [1, 1] };

Deno.test("a Conv's kernel gets our layout", () => {
  const [conv] = readNodes({
    nodes: [node("Conv", ["x", "w", "b"], "y")],
    tensors: [KERNEL, floats("b", [2], 7, 8)],
  });
  assert.deepEqual(conv, {
    ...CONV,
    kernel: {
      shape: [1, 2, 3, 2],
      values: [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11],
    },
    bias: { shape: [2], values: [7, 8] },
    padding: "valid",
    groups: 1,
  });
});

Deno.test("a Conv's padding is given by pads, auto_pad or a Pad before it", () => {
  const paddingOf = (
    attributes: Parameters<typeof node>[3],
    ...before: Parameters<typeof node>[]
  ) => {
    const [conv] = readNodes({
      nodes: [
        ...before.map((it) => node(...it)),
        node("Conv", [before.length > 0 ? "p" : "x", "w"], "y", attributes),
      ],
      tensors: [KERNEL, ints("pads", 0, 0, 1, 2, 0, 0, 3, 4)],
    });
    return (conv as { padding: unknown }).padding;
  };
  assert.equal(paddingOf({ pads: [0, 0, 0, 0] }), "valid");
  assert.equal(paddingOf({ auto_pad: "VALID" }), "valid");
  assert.equal(paddingOf({ auto_pad: "SAME_UPPER" }), "same");
  assert.deepEqual(paddingOf({ pads: [1, 2, 3, 4] }), [1, 2, 3, 4]);
  const pad = ["Pad", ["x", "pads"], "p"] as const;
  assert.deepEqual(paddingOf({}, [...pad]), [1, 2, 3, 4]);
  assert.deepEqual(paddingOf({ auto_pad: "VALID" }, [...pad]), [1, 2, 3, 4]);
  assert.deepEqual(paddingOf({ pads: [1, 1, 1, 1] }, [...pad]), [2, 3, 4, 5]);
});

Deno.test("a Pad is read in all its forms", () => {
  const opset2 = readNodes({
    nodes: [
      node("Pad", ["x"], "p", { pads: [0, 0, 1, 1, 0, 0, 1, 1] }),
      node("Conv", ["p", "w"], "y"),
    ],
    tensors: [KERNEL],
    opset: 10,
  });
  const opset18 = readNodes({
    nodes: [
      node("Pad", ["x", "pads", "", "axes"], "p"),
      node("Conv", ["p", "w"], "y"),
    ],
    tensors: [KERNEL, ints("pads", 1, 1, 1, 1), ints("axes", -2, 3)],
    opset: 18,
  });
  for (const [conv] of [opset2, opset18]) {
    assert.deepEqual((conv as { padding: unknown }).padding, [1, 1, 1, 1]);
  }
});

Deno.test("zeros of a Pad count in a mean, and ONNX's own only on demand", () => {
  const poolOf = (attributes: Parameters<typeof node>[3], padded = false) => {
    const [pool] = readNodes({
      nodes: [
        ...padded ? [node("Pad", ["x", "pads"], "p")] : [],
        node("AveragePool", [padded ? "p" : "x"], "y", {
          kernel_shape: [3, 3],
          ...attributes,
        }),
      ],
      tensors: [ints("pads", 0, 0, 1, 1, 0, 0, 1, 1)],
    });
    return pool;
  };
  const pool = {
    op: "pool",
    input: "x",
    kind: "mean",
    size: [3, 3],
    stride: [1, 1],
  };
  const padded = { ...pool, padding: [1, 1, 1, 1] };
  const counted = { ...padded, countIncludePad: true };
  assert.deepEqual(poolOf({}), { ...pool, padding: "valid" });
  assert.deepEqual(poolOf({ pads: [1, 1, 1, 1] }), {
    ...padded,
    countIncludePad: false,
  });
  assert.deepEqual(
    poolOf({ pads: [1, 1, 1, 1], count_include_pad: 1 }),
    counted,
  );
  assert.deepEqual(poolOf({}, true), counted);
  assert.deepEqual(poolOf({ auto_pad: "SAME_UPPER" }), {
    ...pool,
    padding: "same",
    countIncludePad: false,
  });
});

Deno.test("ceil_mode is taken where it changes nothing", () => {
  const what = (side: number | null, stride: number) =>
    refusalOf({
      nodes: [
        node("MaxPool", ["x"], "y", {
          kernel_shape: [3, 3],
          strides: [stride, stride],
          ceil_mode: 1,
        }),
      ],
      inputs: [input("x", [1, 3, side, side])],
    });
  assert.equal(what(147, 2), "read");
  assert.equal(what(148, 1), "read");
  assert.equal(what(null, 1), "read");
  assert.equal(what(148, 2), "a MaxPool with ceil_mode");
  assert.equal(what(null, 2), "a MaxPool with ceil_mode");
});

Deno.test("all pixels are pooled by four operators, with axes in two places", () => {
  const opOf = (nodes: Parameters<typeof node>[], opset = 17) => {
    const [pool, ...others] = readNodes({
      nodes: nodes.map((it) => node(...it)),
      tensors: [ints("axes", -1, 2)],
      opset,
    });
    assert.deepEqual(others, []);
    return pool;
  };
  const mean = { op: "globalPool", input: "x", kind: "mean" };
  const max = { ...mean, kind: "max" };
  assert.deepEqual(opOf([["GlobalAveragePool", ["x"], "y"]]), mean);
  assert.deepEqual(opOf([["GlobalMaxPool", ["x"], "y"]]), max);
  const axes = { axes: [2, 3], keepdims: 0 };
  assert.deepEqual(opOf([["ReduceMean", ["x"], "y", axes]]), mean);
  assert.deepEqual(opOf([["ReduceMean", ["x", "axes"], "y"]], 18), mean);
  assert.deepEqual(opOf([["ReduceMax", ["x", "axes"], "y"]], 18), max);
});

Deno.test("windows that Totem doesn't compute are refused by name", () => {
  const refusals: [nodes: Parameters<typeof node>[], what: string][] = [
    [
      [["Conv", ["x", "w"], "y", { auto_pad: "SAME_LOWER" }]],
      "a Conv with auto_pad SAME_LOWER",
    ],
    [
      [["Conv", ["x", "w"], "y", { pads: [1, 1] }]],
      'Cannot import the Conv "/y" of the ONNX model as its pads must be four whole numbers >= 0: they are [1,1]',
    ],
    [
      [["Conv", ["x", "w"], "y", { strides: [0, 1] }]],
      'Cannot import the Conv "/y" of the ONNX model as its strides must be two whole numbers >= 1: it is [0,1]',
    ],
    [
      [["Conv", ["x"], "y"]],
      'Cannot import the Conv "/y" of the ONNX model as it must have 2 inputs: it has 1',
    ],
    [[["Conv", ["x", "w1"], "y"]], "a Conv of 1 axes"],
    [[["Conv", ["x", "x"], "y"]], "a Conv whose input 1 is computed"],
    [
      [["MaxPool", ["x"], "y", { kernel_shape: [3, 3], dilations: [2, 2] }]],
      "a MaxPool with dilations",
    ],
    [
      [["MaxPool", ["x"], "y"]],
      'Cannot import the MaxPool "/y" of the ONNX model as its kernel_shape must be two whole numbers >= 1: it is absent',
    ],
    [
      [
        ["Pad", ["x", "pads"], "p"],
        ["MaxPool", ["p"], "y", { kernel_shape: [3, 3] }],
      ],
      "a MaxPool of a padded value",
    ],
    [
      [["Pad", ["x", "pads"], "p"], ["Relu", ["p"], "y"]],
      "a Relu of a padded value",
    ],
    [
      [["Pad", ["x", "pads"], "p", { mode: "reflect" }]],
      "a Pad of something else than zeros",
    ],
    [
      [["Pad", ["x", "pads", "one"], "p"]],
      "a Pad of something else than zeros",
    ],
    [[["Pad", ["x", "cuts"], "p"]], "a Pad that cuts values off"],
    [
      [["Pad", ["x", "channels"], "p"]],
      "a Pad of another axis than height and width",
    ],
    [
      [
        ["Pad", ["x", "pads"], "p"],
        ["AveragePool", ["p"], "y", {
          kernel_shape: [3, 3],
          pads: [1, 1, 1, 1],
        }],
      ],
      "an AveragePool that counts a part of its padding",
    ],
    [
      [["ReduceMean", ["x"], "y", { axes: [1] }]],
      "a ReduceMean of the axes C instead of HW",
    ],
    [
      [["ReduceMean", ["x"], "y"]],
      "a ReduceMean of the axes all instead of HW",
    ],
    [
      [
        ["Transpose", ["x"], "t", { perm: [0, 2, 3, 1] }],
        ["Conv", ["t", "w"], "y"],
      ],
      "a Conv of the axes NHWC instead of NCHW",
    ],
    [
      [["ConvInteger", ["x"], "y"], ["Relu", ["y"], "z"]],
      "a ConvInteger, which computes in whole numbers: give the float model that it was made of",
    ],
  ];
  for (const [nodes, what] of refusals) {
    assert.equal(
      refusalOf({
        nodes: nodes.map((it) => node(...it)),
        tensors: [
          KERNEL,
          floats("w1", [1, 3, 1], 1, 2, 3),
          floats("one", [], 1),
          ints("pads", 0, 0, 1, 1, 0, 0, 1, 1),
          ints("cuts", 0, 0, -1, 0, 0, 0, 0, 0),
          ints("channels", 0, 1, 0, 0, 0, 0, 0, 0),
        ],
      }),
      what,
    );
  }
});
