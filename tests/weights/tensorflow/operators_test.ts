/**
 * The result of each operator, and the refused ones.
 */
import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import type { ForeignNode } from "../../../src/weights/foreign/graph.ts";
import { parseFrozenGraph } from "../../../src/weights/tensorflow/frozen_graph.ts";
import { readTensorflowGraph } from "../../../src/weights/tensorflow/graph_def.ts";
import { feedingOf } from "../../../src/weights/tensorflow/match.ts";
import {
  encodeGraph,
  floats,
  image,
  node,
  type NodeOptions,
  whole,
} from "./graph_defs.ts";

const WINDOW = { strides: [1, 1, 1, 1], padding: "VALID" };
const KERNEL = floats("kernel", [1, 1, 3, 2], [1, 2, 3, 4, 5, 6]);
const CONV = node("Conv2D", "conv", ["image", "kernel"], WINDOW);
const BASE = [image(), KERNEL, CONV];

const read = (...nodes: NodeOptions[]) =>
  readTensorflowGraph(parseFrozenGraph(encodeGraph(nodes)));
const parse = (...nodes: NodeOptions[]) => read(...nodes).graph;

/** `x * s + (beta - mean * s)`. */
const unfused = (x: string): NodeOptions[] => [
  floats("variance", [2], [8, 9]),
  floats("epsilon", [], [0.25]),
  floats("gamma", [2], [4, 5]),
  floats("mean", [2], [1, 2]),
  floats("beta", [2], [6, 7]),
  node("AddV2", "shifted", ["variance", "epsilon"]),
  node("Rsqrt", "root", ["shifted"]),
  node("Mul", "s", ["root", "gamma"]),
  node("Mul", "product", [x, "s"]),
  node("Mul", "shift", ["mean", "s"]),
  node("Sub", "rest", ["beta", "shift"]),
  node("AddV2", "norm", ["product", "rest"]),
];

/** The foreign node for the last of `nodes`. */
function last(...nodes: NodeOptions[]): ForeignNode {
  const { nodes: read, output } = parse(...nodes);
  return read.get(output)!;
}

/** A node with its tensors as `[shape, values]`. */
function shown(node: ForeignNode): unknown {
  return Object.fromEntries(
    Object.entries(node).filter(([, it]) => it !== undefined).map((
      [key, it],
    ) => [
      key,
      typeof it === "object" && "read" in it
        ? [it.shape, [...it.read()].map((it) => Math.round(it * 1e5) / 1e5)]
        : it,
    ]),
  );
}

const NODES: readonly [what: string, nodes: NodeOptions[], expected: object][] =
  [
    ["a convolution", BASE, {
      op: "conv",
      name: "conv",
      input: "image",
      kernel: [[1, 1, 3, 2], [1, 2, 3, 4, 5, 6]],
      stride: [1, 1],
      dilation: [1, 1],
      padding: "valid",
    }],
    ["padding of its own", [
      image(),
      KERNEL,
      node("Conv2D", "conv", ["image", "kernel"], {
        strides: [1, 2, 3, 1],
        dilations: [1, 2, 2, 1],
        padding: "EXPLICIT",
        explicit_paddings: [0, 0, 1, 2, 3, 4, 0, 0],
      }),
    ], {
      op: "conv",
      name: "conv",
      input: "image",
      kernel: [[1, 1, 3, 2], [1, 2, 3, 4, 5, 6]],
      stride: [2, 3],
      dilation: [2, 2],
      padding: [1, 3, 2, 4],
    }],
    ["a fused convolution", [
      image(),
      KERNEL,
      floats("bias", [2], [7, 8]),
      node("_FusedConv2D", "fused", ["image", "kernel", "bias"], {
        ...WINDOW,
        fused_ops: ["BiasAdd", "Relu"],
      }),
    ], {
      op: "activation",
      name: "fused",
      input: "fused (BiasAdd)",
      activation: "relu",
    }],
    ["a bias", [
      ...BASE,
      floats("bias", [2], [7, 8]),
      node("BiasAdd", "sum", ["conv", "bias"]),
    ], { op: "affine", name: "sum", input: "conv", offset: [[2], [7, 8]] }],
    ["a sum with what comes first", [
      ...BASE,
      floats("bias", [1, 1, 1, 2], [7, 8]),
      node("AddV2", "sum", ["bias", "conv"]),
    ], { op: "affine", name: "sum", input: "conv", offset: [[2], [7, 8]] }],
    ["a difference", [
      ...BASE,
      floats("mean", [], [7]),
      node("Sub", "rest", ["conv", "mean"]),
    ], { op: "affine", name: "rest", input: "conv", offset: [[], [-7]] }],
    ["a difference from a constant", [
      ...BASE,
      floats("one", [], [1]),
      node("Sub", "rest", ["one", "conv"]),
    ], {
      op: "affine",
      name: "rest",
      input: "conv",
      scale: [[], [-1]],
      offset: [[], [1]],
    }],
    ["a quotient", [
      ...BASE,
      floats("by", [2], [4, 5]),
      node("RealDiv", "part", ["conv", "by"]),
    ], {
      op: "affine",
      name: "part",
      input: "conv",
      scale: [[2], [0.25, 0.2]],
    }],
    ["arithmetic of constants", [
      ...BASE,
      floats("variance", [2], [3.75, 0.75]),
      floats("epsilon", [], [0.25]),
      whole("shape", [1, 1, 1, -1]),
      node("Reshape", "row", ["variance", "shape"]),
      node("AddV2", "sum", ["row", "epsilon"]),
      node("Rsqrt", "root", ["sum"]),
      node("Identity", "read", ["root"]),
      node("Mul", "product", ["conv", "read"]),
    ], {
      op: "affine",
      name: "product",
      input: "conv",
      scale: [[2], [0.5, 1]],
    }],
    ["a fused batch norm with its activation", [
      ...BASE,
      floats("v", [2], [1, 2]),
      node("_FusedBatchNormEx", "norm", ["conv", "v", "v", "v", "v"], {
        is_training: false,
        activation_mode: "Relu",
      }),
    ], {
      op: "activation",
      name: "norm",
      input: "norm (FusedBatchNorm)",
      activation: "relu",
    }],
    [
      "batch norm that is written as arithmetic",
      [...BASE, ...unfused("conv")],
      {
        op: "batchNorm",
        name: "norm",
        input: "conv",
        gamma: [[2], [4, 5]],
        beta: [[2], [6, 7]],
        mean: [[2], [1, 2]],
        variance: [[2], [8, 9]],
        epsilon: 0.25,
      },
    ],
    ["the same without a gamma, and the other way round", [
      ...BASE,
      ...unfused("conv").filter((it) => it.name !== "s").map((it) => ({
        ...it,
        inputs: (it.inputs ?? []).map((name) => name === "s" ? "root" : name)
          .toReversed(),
      })).map((it) =>
        it.op === "Sub" ? { ...it, inputs: it.inputs.toReversed() } : it
      ),
    ], {
      op: "batchNorm",
      name: "norm",
      input: "conv",
      beta: [[2], [6, 7]],
      mean: [[2], [1, 2]],
      variance: [[2], [8, 9]],
      epsilon: 0.25,
    }],
    ["the same of the image, which is no batch norm", [
      image("conv"),
      ...unfused("conv"),
    ], {
      op: "affine",
      name: "norm",
      input: "product",
      offset: [
        [2],
        [6 - 4 / Math.sqrt(8.25), 7 - 10 / Math.sqrt(9.25)].map(
          (it) => Math.round(it * 1e5) / 1e5,
        ),
      ],
    }],
    ["the first batch norm, which may scale", [
      ...BASE,
      ...["m", "v", "b", "g"].map((it, i) => floats(it, [2], [i, i + 1])),
      node(
        "BatchNormWithGlobalNormalization",
        "norm",
        ["conv", "m", "v", "b", "g"],
        { variance_epsilon: { float: 0.5 }, scale_after_normalization: true },
      ),
    ], {
      op: "batchNorm",
      name: "norm",
      input: "conv",
      mean: [[2], [0, 1]],
      variance: [[2], [1, 2]],
      beta: [[2], [2, 3]],
      gamma: [[2], [3, 4]],
      epsilon: 0.5,
    }],
    ["a max pool", [
      ...BASE,
      node("MaxPool", "pool", ["conv"], {
        ksize: [1, 3, 2, 1],
        strides: [1, 2, 2, 1],
        padding: "SAME",
      }),
    ], {
      op: "pool",
      name: "pool",
      input: "conv",
      kind: "max",
      size: [3, 2],
      stride: [2, 2],
      padding: "same",
      countIncludePad: false,
    }],
    ["zeros before a mean", [
      ...BASE,
      floats("pads", [4, 2], [0, 0, 1, 1, 1, 1, 0, 0]),
      node("Pad", "padded", ["conv", "pads"]),
      node("AvgPool", "pool", ["padded"], {
        ksize: [1, 3, 3, 1],
        strides: [1, 1, 1, 1],
        padding: "VALID",
      }),
    ], {
      op: "pool",
      name: "pool",
      input: "padded",
      kind: "mean",
      size: [3, 3],
      stride: [1, 1],
      padding: [1, 1, 1, 1],
      countIncludePad: true,
    }],
    ["a global pool", [
      ...BASE,
      whole("axes", [-2, -3]),
      node("Max", "features", ["conv", "axes"], { keep_dims: true }),
    ], { op: "globalPool", name: "features", input: "conv", kind: "max" }],
    ["the first concatenation", [
      ...BASE,
      whole("axis", 3),
      node("Concat", "both", ["axis", "conv", "conv"]),
    ], { op: "concat", name: "both", inputs: ["conv", "conv"] }],
    ["a flattening whose shape is computed", [
      ...BASE,
      node("Shape", "shape", ["conv"]),
      ...[0, 1].map((it) => whole(`at ${it}`, [it])),
      node("StridedSlice", "rows", ["shape", "at 0", "at 1", "at 1"], {
        shrink_axis_mask: 1,
      }),
      whole("rest", -1),
      node("Pack", "to", ["rows", "rest"]),
      node("Reshape", "flat", ["conv", "to"]),
    ], {
      op: "flatten",
      name: "flat",
      input: "conv",
      order: "height-width-channel",
    }],
    ["a flattening as TensorFlow 1 has it", [
      ...BASE,
      node("Shape", "shape", ["conv"]),
      whole("zero", [0]),
      whole("one", [1]),
      whole("three", [3]),
      node("Slice", "rows", ["shape", "zero", "one"]),
      node("Slice", "others", ["shape", "one", "three"]),
      node("Prod", "count", ["others", "zero"]),
      node("ExpandDims", "counts", ["count", "zero"]),
      whole("axis", 0),
      node("ConcatV2", "to", ["rows", "counts", "axis"]),
      node("Reshape", "flat", ["conv", "to"]),
    ], {
      op: "flatten",
      name: "flat",
      input: "conv",
      order: "height-width-channel",
    }],
    ["a matrix product with the transpose", [
      ...BASE,
      whole("axes", [1, 2]),
      node("Mean", "features", ["conv", "axes"]),
      floats("dense", [3, 2], [1, 2, 3, 4, 5, 6]),
      node("MatMul", "logits", ["features", "dense"], { transpose_b: true }),
    ], {
      op: "dense",
      name: "logits",
      input: "features",
      kernel: [[2, 3], [1, 3, 5, 2, 4, 6]],
    }],
  ];

for (const [what, nodes, expected] of NODES) {
  Deno.test(`readTensorflowGraph() reads ${what}`, () => {
    assert.deepEqual(shown(last(...nodes)), expected);
  });
}

Deno.test("readTensorflowGraph() skips control dependencies and what the answer doesn't need", () => {
  const graph = parse(
    ...BASE,
    node("NoOp", "init", ["^conv"]),
    node("Identity", "answer", ["conv:0", "^init"]),
    node("Assert", "check", ["conv"]),
  );
  assert.equal(graph.output, "answer");
  assert.deepEqual([...graph.nodes.keys()], ["image", "conv", "answer"]);
});

Deno.test("readTensorflowGraph() takes the probabilities of several answers", () => {
  const graph = parse(
    ...BASE,
    whole("axes", [1, 2]),
    node("Mean", "features", ["conv", "axes"]),
    node("Identity", "aux", ["conv"]),
    node("Softmax", "softmax", ["features"]),
    whole("shape", [-1, 2]),
    node("Reshape", "rows", ["softmax", "shape"]),
  );
  assert.equal(graph.output, "rows");
});

const UNKNOWN: readonly [what: string, nodes: NodeOptions[], op: string][] = [
  [
    "a sum of two activations",
    [...BASE, node("AddV2", "sum", ["conv", "conv"])],
    "AddV2",
  ],
  ["a batch norm whose scale isn't a constant", [
    ...BASE,
    ...["m", "v", "b"].map((it) => floats(it, [2], [1, 2])),
    node(
      "BatchNormWithGlobalNormalization",
      "norm",
      ["conv", "m", "v", "b", "conv"],
      { variance_epsilon: { float: 0.5 }, scale_after_normalization: true },
    ),
  ], "BatchNormWithGlobalNormalization"],
  ["an unknown op", [...BASE, node("Swish", "x", ["conv"])], "Swish"],
  ["a Transpose", [
    ...BASE,
    whole("order", [0, 3, 1, 2]),
    node("Transpose", "x", ["conv", "order"]),
  ], "Transpose"],
  ["another result than the first", [
    ...BASE,
    node("Identity", "x", ["conv:1"]),
  ], "Identity"],
  [
    "a softmax of each pixel",
    [...BASE, node("Softmax", "x", ["conv"])],
    "Softmax",
  ],
  ["a constant of each pixel", [
    ...BASE,
    floats("map", [75, 75, 1], new Float32Array(75 * 75)),
    node("AddV2", "x", ["conv", "map"]),
  ], "AddV2"],
  ["zeros that no window reads", [
    ...BASE,
    floats("pads", [4, 2], [0, 0, 1, 1, 1, 1, 0, 0]),
    node("Pad", "padded", ["conv", "pads"]),
    node("Relu", "x", ["padded"]),
  ], "Relu"],
  ["zeros before a maximum", [
    ...BASE,
    floats("pads", [4, 2], [0, 0, 1, 1, 1, 1, 0, 0]),
    node("Pad", "padded", ["conv", "pads"]),
    node("MaxPool", "x", ["padded"], {
      ksize: [1, 3, 3, 1],
      strides: [1, 1, 1, 1],
      padding: "VALID",
    }),
  ], "MaxPool"],
  ["zeros as the answer", [
    ...BASE,
    floats("pads", [4, 2], [0, 0, 1, 1, 1, 1, 0, 0]),
    node("Pad", "x", ["conv", "pads"]),
  ], "zeros around an image, or constants"],
  ["a mean over rows", [
    ...BASE,
    whole("axes", [2, 3]),
    node("Mean", "x", ["conv", "axes"]),
  ], "Mean"],
  ["a concatenation of rows", [
    ...BASE,
    whole("axis", 1),
    node("ConcatV2", "x", ["conv", "conv", "axis"]),
  ], "ConcatV2"],
  ["a resize within the network", [
    ...BASE,
    whole("size", [9, 9]),
    node("ResizeBilinear", "x", ["conv", "size"]),
  ], "ResizeBilinear"],
  ["a reshape of rows into others", [
    ...BASE,
    whole("axes", [1, 2]),
    node("Mean", "features", ["conv", "axes"]),
    floats("dense", [2, 6], new Float32Array(12)),
    node("MatMul", "logits", ["features", "dense"]),
    whole("shape", [-1, 3]),
    node("Reshape", "x", ["logits", "shape"]),
  ], "Reshape"],
  ["a kernel that is computed of the image", [
    image(),
    node("Conv2D", "x", ["image", "image"], WINDOW),
  ], "Conv2D"],
];

for (const [what, nodes, op] of UNKNOWN) {
  Deno.test(`readTensorflowGraph() names ${what}`, () => {
    const found = last(...nodes);
    assert.equal(found.op, "other");
    assert.equal((found as { what: string }).what, op);
  });
}

const FAULTS: readonly [what: string, nodes: NodeOptions[], text: RegExp][] = [
  ["a batch norm in training", [
    ...BASE,
    floats("v", [2], [1, 2]),
    node("FusedBatchNormV3", "norm", ["conv", "v", "v", "v", "v"]),
  ], /"norm" as its is_training must be false/],
  ["channels first", [
    image(),
    KERNEL,
    node("Conv2D", "conv", ["image", "kernel"], {
      ...WINDOW,
      data_format: "NCHW",
    }),
  ], /"conv" as its data_format must be NHWC: it is NCHW/],
  ["variables", [
    image(),
    node("VariableV2", "kernel"),
    CONV,
  ], /its variables must be constants: freeze it.*"kernel" is a VariableV2/],
  ["a learning phase", [
    ...BASE,
    node("Placeholder", "phase", [], { dtype: { type: 10 } }),
    node("Switch", "x", ["conv", "phase"]),
  ], /for inference only.*"x" is a Switch/],
  ["nodes in a circle", [
    ...BASE,
    node("AddV2", "a", ["conv", "b"]),
    node("Relu", "b", ["a"]),
    node("Relu", "c", ["b"]),
  ], /circle: "a" does/],
  ["two nodes of one name", [...BASE, CONV], /two are "conv"/],
  ["a node that isn't there", [node("Relu", "x", ["gone"])], /the node "gone"/],
  ["two answers", [
    ...BASE,
    node("Relu", "a", ["conv"]),
    node("Relu", "b", ["conv"]),
  ], /must have one answer: it has "a", "b": freeze/],
  ["no answer", [image()], /must have one answer: it has none/],
  ["strides over images", [
    image(),
    KERNEL,
    node("Conv2D", "conv", ["image", "kernel"], {
      strides: [2, 1, 1, 1],
      padding: "VALID",
    }),
  ], /its strides must be \[1, height, width, 1\]: it is \[2,1,1,1\]/],
  ["an unknown padding", [
    image(),
    KERNEL,
    node("Conv2D", "conv", ["image", "kernel"], {
      strides: [1, 1, 1, 1],
      padding: "FULL",
    }),
  ], /its padding must be VALID, or SAME.*FULL/],
];

for (const [what, nodes, text] of FAULTS) {
  Deno.test(`readTensorflowGraph() refuses ${what}`, () => {
    assert.throws(() => parse(...nodes), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, text);
      return true;
    });
  });
}

const scaledBy = (scale: number, offset: number, type = 1): NodeOptions[] => [
  node("Placeholder", "image", [], {
    dtype: { type },
    shape: { shape: [-1, 75, 75, 3] },
  }),
  node("Cast", "cast", ["image"], { DstT: { type: 1 } }),
  floats("scale", [], [scale]),
  floats("offset", [3], [offset, offset, offset]),
  node("Mul", "product", ["cast", "scale"]),
  node("AddV2", "sum", ["product", "offset"]),
  KERNEL,
  node("Conv2D", "conv", ["sum", "kernel"], WINDOW),
];

for (
  const [what, nodes, scale, isSaid] of [
    ["Keras's Rescaling scales", scaledBy(1 / 127.5, -1), 1, true],
    ["TF Hub's modules scale", scaledBy(2, -1), 1 / 255, true],
    ["a mean of bytes shifts", scaledBy(1, -128), 1, false],
    ["other deviations scale", scaledBy(5, -2.1), 1 / 255, false],
    ["bytes become", scaledBy(1, 0, 4), 1, true],
  ] as const
) {
  Deno.test(`feedingOf() tells what is fed where ${what} the image`, () => {
    const feeding = feedingOf(read(...nodes))!;
    assert.deepEqual(feeding.fed.scale, [scale, scale, scale]);
    assert.deepEqual(feeding.fed.offset, [0, 0, 0]);
    assert.equal(feeding.isSaid, isSaid);
  });
}

Deno.test("feedingOf() leaves it to others where nothing scales the image", () => {
  assert.equal(feedingOf(read(...BASE)), undefined);
});

Deno.test("readTensorflowGraph() takes the image's size from what resizes it", () => {
  const { nodes } = parse(
    node("DecodeJpeg", "DecodeJpeg", ["bytes"]),
    node("Placeholder", "bytes", [], { dtype: { type: 7 } }),
    node("Cast", "cast", ["DecodeJpeg"], { DstT: { type: 1 } }),
    whole("axis", 0),
    node("ExpandDims", "rows", ["cast", "axis"]),
    whole("size", [299, 299]),
    node("ResizeBilinear", "resized", ["rows", "size"]),
    KERNEL,
    node("Conv2D", "conv", ["resized", "kernel"], WINDOW),
  );
  const input = nodes.get("DecodeJpeg");
  assert.deepEqual(input, {
    op: "input",
    name: "DecodeJpeg",
    size: [299, 299],
  });
});

Deno.test("readTensorflowGraph() follows a chain of any length", () => {
  const chain = Array.from(
    { length: 15_000 },
    (_, i) => node("Relu", `r${i}`, [i === 0 ? "conv" : `r${i - 1}`]),
  );
  assert.equal(parse(...BASE, ...chain).output, "r14999");
});

Deno.test("readTensorflowGraph() bounds what is computed of constants", () => {
  const sums = Array.from(
    { length: 40 },
    (_, i) => node("AddV2", `s${i}`, i === 0 ? ["c", "c"] : [`s${i - 1}`, "c"]),
  );
  assert.throws(
    () =>
      parse(
        ...BASE,
        floats("c", [32768], new Float32Array(32768)),
        ...sums,
        node("AddV2", "x", ["conv", "s39"]),
      ),
    /must compute <= 1048576 values of constants/,
  );
});
