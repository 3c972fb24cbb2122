import assert from "node:assert/strict";
import {
  delimited,
  message,
} from "../../../src/export/onnx/encode_protobuf.ts";
import { floats, input, ints, node, tensor } from "./onnx_file.ts";
import { readNodes, refusalOf } from "./read_nodes.ts";

Deno.test("sums and products with constants are scales and offsets", () => {
  const affineOf = (op: string, inputs: string[]) => {
    const [{ op: _, input, ...affine } = { op: "", input: "" }] = readNodes({
      nodes: [node(op, inputs, "y")],
      tensors: [floats("c", [3, 1, 1], 1, 2, 4), floats("two", [], 2)],
    }) as { op: string; input: string }[];
    assert.equal(input, "x");
    return affine;
  };
  const vector = (...values: number[]) => ({ shape: [values.length], values });
  assert.deepEqual(affineOf("Add", ["x", "c"]), { offset: vector(1, 2, 4) });
  assert.deepEqual(affineOf("Add", ["two", "x"]), { offset: vector(2) });
  assert.deepEqual(affineOf("Sub", ["x", "c"]), { offset: vector(-1, -2, -4) });
  assert.deepEqual(affineOf("Sub", ["c", "x"]), {
    scale: vector(-1, -1, -1),
    offset: vector(1, 2, 4),
  });
  assert.deepEqual(affineOf("Mul", ["c", "x"]), { scale: vector(1, 2, 4) });
  assert.deepEqual(affineOf("Div", ["x", "c"]), {
    scale: vector(1, 0.5, 0.25),
  });
});

/** torchvision's transform_input, with the channels in a given order. */
function transformInput(order: readonly number[], take: "Gather" | "Slice") {
  const parts = order.map((channel, i) => [
    ...take === "Gather"
      ? [
        node("Gather", ["x", `c${channel}`], `g${i}`, { axis: 1 }),
        node("Unsqueeze", [`g${i}`, "one"], `u${i}`),
      ]
      : [
        node("Slice", ["x", `s${channel}`, `s${channel + 1}`, "one"], `u${i}`),
      ],
    node("Mul", [`u${i}`, `m${channel}`], `p${i}`),
    node("Sub", [`p${i}`, "half"], `q${i}`),
  ]);
  return {
    nodes: [
      ...parts.flat(),
      node("Concat", order.map((_, i) => `q${i}`), "y", { axis: 1 }),
    ],
    tensors: [
      ...[0, 1, 2].map((i) => tensor(`c${i}`, [], BigInt64Array.of(BigInt(i)))),
      ...[0, 1, 2, 3].map((i) => ints(`s${i}`, i)),
      ...[0, 1, 2].map((i) => floats(`m${i}`, [], i + 2)),
      floats("half", [], 0.5),
      ints("one", 1),
    ],
  };
}

Deno.test("each channel of the image may have a scale and an offset of its own", () => {
  for (const take of ["Gather", "Slice"] as const) {
    assert.deepEqual(readNodes(transformInput([0, 1, 2], take)), [{
      op: "affine",
      input: "x",
      scale: { shape: [3], values: [2, 3, 4] },
      offset: { shape: [3], values: [-0.5, -0.5, -0.5] },
    }]);
  }
});

Deno.test("the image's channels may be split and joined", () => {
  const nodes = [
    node("Split", ["x"], ["a", "b", "c"], { axis: 1 }),
    node("Mul", ["b", "two"], "d"),
    node("Concat", ["a", "d", "c"], "y", { axis: 1 }),
  ];
  const tensors = [floats("two", [], 2)];
  assert.deepEqual(readNodes({ nodes, tensors }), [{
    op: "affine",
    input: "x",
    scale: { shape: [3], values: [1, 2, 1] },
    offset: { shape: [3], values: [0, 0, 0] },
  }]);
});

Deno.test("channels in another order are refused: red comes first", () => {
  assert.equal(
    refusalOf(transformInput([2, 1, 0], "Gather")),
    "a Concat of the image's channels in the order [2,1,0], which must be [0,1,2]: red, green, blue",
  );
  assert.equal(
    refusalOf({
      nodes: [node("Gather", ["x", "bgr"], "y", { axis: 1 })],
      tensors: [ints("bgr", 2, 1, 0)],
    }),
    "a Gather of the image's channels [2,1,0], which must be [0,1,2]: red, green, blue",
  );
  assert.equal(
    refusalOf(transformInput([0, 1], "Slice")),
    "a Concat of the image's channels in the order [0,1], which must be [0,1,2]: red, green, blue",
  );
});

Deno.test("other arithmetic is refused by name", () => {
  const refusals: [nodes: Parameters<typeof node>[], what: string][] = [
    [[["Add", ["x", "x"], "y"]], "an Add of two computed values"],
    [[["Div", ["c", "x"], "y"]], "a Div by computed values"],
    [
      [["Mul", ["x", "row"], "y"]],
      "a Mul of [3], which isn't one value nor one a channel",
    ],
    [
      [["Relu", ["x"], "r"], ["Gather", ["r", "zero"], "y", { axis: 1 }]],
      "a Gather of a part of the values",
    ],
    [
      [["Slice", ["x", "zero", "two", "two"], "y"]],
      "a Slice of a part of the values",
    ],
    [
      [["Split", ["x"], ["a", "b"], { axis: 1, split: [1, 2] }]],
      "a Split into 2 parts",
    ],
  ];
  for (const [nodes, what] of refusals) {
    assert.equal(
      refusalOf({
        nodes: nodes.map((it) => node(...it)),
        tensors: [
          floats("c", [3, 1, 1], 1, 2, 4),
          floats("row", [3], 1, 2, 4),
          ints("zero", 0),
          ints("two", 2),
        ],
      }),
      what,
    );
  }
});

Deno.test("quantized weights are the numbers that they stand for", () => {
  const [conv] = readNodes({
    nodes: [
      node("QuantizeLinear", ["x", "s", "z"], "q"),
      node("DequantizeLinear", ["q", "s", "z"], "d"),
      node("DequantizeLinear", ["w", "scales", "zeros"], "v", { axis: 0 }),
      node("DequantizeLinear", ["b", "s"], "c"),
      node("Conv", ["d", "v", "c"], "y"),
    ],
    tensors: [
      floats("s", [], 0.5),
      tensor("z", [], Uint8Array.of(3)),
      tensor("w", [2, 3, 1, 1], Int8Array.of(1, 2, 3, 1, 2, 3)),
      floats("scales", [2], 2, 4),
      tensor("zeros", [2], Int8Array.of(0, 1)),
      tensor("b", [2], Int32Array.of(-8, 9)),
    ],
  });
  const { input, kernel, bias } = conv as Record<string, unknown>;
  assert.equal(input, "x");
  assert.deepEqual(kernel, {
    shape: [1, 1, 3, 2],
    values: [2, 0, 4, 4, 6, 8],
  });
  assert.deepEqual(bias, { shape: [2], values: [-4, 4.5] });
});

Deno.test("an image in bytes is what its scale and zero point say", () => {
  const nodes = readNodes({
    nodes: [
      node("DequantizeLinear", ["x", "s", "z"], "d"),
      node("Relu", ["d"], "y"),
    ],
    tensors: [floats("s", [], 0.5), tensor("z", [], Uint8Array.of(128))],
    inputs: [input("x", [1, 3, 299, 299], 2)],
  });
  assert.deepEqual(nodes, [
    {
      op: "affine",
      input: "x",
      scale: { shape: [1], values: [0.5] },
      offset: { shape: [1], values: [-64] },
    },
    { op: "activation", input: "d", activation: "relu" },
  ]);
});

Deno.test("a QuantizeLinear whose least number is zero is the ReLU that quantizers drop", () => {
  const opsOf = (zero: Parameters<typeof tensor>[2], ...before: string[]) => {
    const nodes = readNodes({
      nodes: [
        node("Conv", ["x", "w"], "c"),
        ...before.map((op) => node(op, ["c"], "r")),
        node("QuantizeLinear", [before[0] ? "r" : "c", "s", "z"], "q"),
        node("DequantizeLinear", ["q", "s", "z"], "d"),
        node("GlobalAveragePool", ["d"], "y"),
      ],
      tensors: [
        floats("w", [1, 3, 1, 1], 1, 2, 3),
        floats("s", [], 0.5),
        tensor("z", [], zero),
      ],
    });
    return nodes.map((it) => (it as { op: string }).op).join(" ");
  };
  assert.equal(opsOf(Uint8Array.of(0)), "conv activation globalPool");
  assert.equal(opsOf(Int8Array.of(-128)), "conv activation globalPool");
  assert.equal(opsOf(Uint8Array.of(9)), "conv globalPool");
  assert.equal(opsOf(Int8Array.of(0)), "conv globalPool");
  assert.equal(opsOf(Uint8Array.of(0), "Relu"), "conv activation globalPool");
  // The results of Sigmoid aren't negative.
  assert.equal(
    opsOf(Uint8Array.of(0), "Sigmoid"),
    "conv activation globalPool",
  );
});

Deno.test("weights that the graph quantizes aren't rounded", () => {
  const [conv] = readNodes({
    nodes: [
      node("QuantizeLinear", ["w", "s", "z"], "q"),
      node("Transpose", ["q"], "t", { perm: [1, 0, 2, 3] }),
      node("DequantizeLinear", ["t", "s", "z"], "d"),
      node("Conv", ["x", "d"], "y"),
    ],
    tensors: [
      floats("w", [3, 1, 1, 1], 0.1, 0.2, 0.3),
      floats("s", [], 0.5),
      tensor("z", [], Uint8Array.of(3)),
    ],
  });
  const { kernel } = conv as { kernel: { values: number[] } };
  assert.deepEqual(kernel.values, [...Float32Array.of(0.1, 0.2, 0.3)]);
});

Deno.test("channels of the image may be quantized on their own", () => {
  const { nodes, tensors } = transformInput([0, 1, 2], "Slice");
  const quantized = [
    node("QuantizeLinear", ["u0", "half", "zero"], "quantized"),
    node("DequantizeLinear", ["quantized", "half", "zero"], "dequantized"),
    node("Squeeze", ["dequantized"], "squeezed"),
    node("Unsqueeze", ["squeezed", "one"], "again"),
  ];
  const [slice, , ...others] = nodes;
  const found = readNodes({
    nodes: [
      slice!,
      ...quantized,
      node("Mul", ["again", "m0"], "p0"),
      ...others,
    ],
    tensors: [...tensors, tensor("zero", [], Uint8Array.of(9))],
  });
  assert.deepEqual(found, [{
    op: "affine",
    input: "x",
    scale: { shape: [3], values: [2, 3, 4] },
    offset: { shape: [3], values: [-0.5, -0.5, -0.5] },
  }]);
});

Deno.test("models that are made for one runtime are refused with advice", () => {
  for (const op of ["MatMulInteger", "ConvInteger", "DynamicQuantizeLinear"]) {
    assert.equal(
      refusalOf({ nodes: [node(op, ["x"], "y")] }),
      `a ${op}, which computes in whole numbers: give the float model that it was made of`,
    );
  }
  const fused = message(
    node("FusedConv", ["x"], "y"),
    delimited(7, "com.microsoft"),
  );
  assert.equal(
    refusalOf({ nodes: [fused] }),
    "a com.microsoft.FusedConv, which ONNX Runtime writes for itself: give the model that it optimized",
  );
});
