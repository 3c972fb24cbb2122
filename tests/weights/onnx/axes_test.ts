import assert from "node:assert/strict";
import { floats, input, ints, node, tensor } from "./onnx_file.ts";
import { readNodes, refusalOf } from "./read_nodes.ts";

const POOL = node("GlobalAveragePool", ["x"], "p");
const FLATTEN = { op: "flatten", input: "x", order: "channel-height-width" };

Deno.test("a flattening is read in all its forms", () => {
  const forms: Parameters<typeof node>[][] = [
    [["Flatten", ["x"], "y"]],
    [["Flatten", ["x"], "y", { axis: -3 }]],
    [["Reshape", ["x", "rest"], "y"]],
    [["Reshape", ["x", "fixed"], "y"]],
    // An exported torch view(x.size(0), -1).
    [
      ["Shape", ["x"], "shape"],
      ["Gather", ["shape", "zero"], "n"],
      ["Unsqueeze", ["n", "axis"], "n1"],
      ["Concat", ["n1", "minus"], "target", { axis: 0 }],
      ["Reshape", ["x", "target"], "y"],
    ],
    // tf2onnx's form.
    [
      ["Shape", ["x"], "shape"],
      ["Cast", ["shape"], "cast", { to: 7 }],
      ["Slice", ["cast", "axis", "one", "axis"], "n"],
      ["Concat", ["n", "minus"], "target", { axis: 0 }],
      ["Reshape", ["x", "target"], "y"],
    ],
  ];
  for (const nodes of forms) {
    const found = readNodes({
      nodes: nodes.map((it) => node(...it)),
      tensors: [
        ints("rest", 0, -1),
        ints("fixed", 1, 3 * 299 * 299),
        tensor("zero", [], BigInt64Array.of(0n)),
        ints("axis", 0),
        ints("one", 1),
        ints("minus", -1),
      ],
    });
    assert.deepEqual(found, [FLATTEN]);
  }
});

Deno.test("values in TensorFlow's layout are flattened in its order", () => {
  const found = readNodes({
    nodes: [
      node("Transpose", ["x"], "t", { perm: [0, 2, 3, 1] }),
      node("Reshape", ["t", "rest"], "y"),
    ],
    tensors: [ints("rest", -1, 3 * 299 * 299)],
  });
  assert.deepEqual(found, [{ ...FLATTEN, order: "height-width-channel" }]);
});

Deno.test("the axes of pooled values come and go", () => {
  const forms: Parameters<typeof node>[][] = [
    [["Squeeze", ["p", "axes"], "f"]],
    [["Squeeze", ["p"], "f"]],
    [["Squeeze", ["p", "last"], "s"], ["Squeeze", ["s", "last"], "f"]],
    [
      ["Transpose", ["p"], "t", { perm: [0, 2, 3, 1] }],
      ["Squeeze", ["t", "axes1"], "f"],
    ],
    [
      ["Squeeze", ["p", "axes"], "s"],
      ["Unsqueeze", ["s", "axes"], "u"],
      ["Conv", ["u", "w1"], "c"],
      ["Squeeze", ["c", "axes"], "f"],
    ],
    [
      ["Squeeze", ["p", "axes"], "s"],
      ["Reshape", ["s", "ones"], "u"],
      ["Conv", ["u", "w1"], "c"],
      ["Squeeze", ["c", "axes"], "f"],
    ],
  ];
  for (const nodes of forms) {
    const found = refusalOf({
      nodes: [
        POOL,
        ...nodes.map((it) => node(...it)),
        node("Gemm", ["f", "w"], "y"),
      ],
      tensors: [
        ints("axes", 2, -1),
        ints("last", -1),
        ints("axes1", 1, 2),
        ints("ones", -1, 3, 1, 1),
        floats("w", [3, 1], 1, 2, 3),
        floats("w1", [3, 3, 1, 1], ...Array(9).fill(1)),
      ],
    });
    assert.equal(found, "read");
  }
});

Deno.test("an image in TensorFlow's layout is transposed first", () => {
  const [conv] = readNodes({
    nodes: [
      node("Transpose", ["x"], "t", { perm: [0, 3, 1, 2] }),
      node("Conv", ["t", "w"], "y"),
    ],
    tensors: [floats("w", [1, 3, 1, 1], 1, 2, 3)],
    inputs: [input("x", [null, 299, 299, 3])],
  });
  assert.equal((conv as { input: string }).input, "x");
});

Deno.test("constants change their axes without being computed", () => {
  const [conv] = readNodes({
    nodes: [
      node("Transpose", ["w"], "w1", { perm: [3, 2, 0, 1] }),
      node("Identity", ["w1"], "w2"),
      node("Unsqueeze", ["b", "zero"], "b1"),
      node("Reshape", ["b1", "minus"], "b2"),
      node("Conv", ["x", "w2", "b2"], "y"),
    ],
    tensors: [
      floats("w", [1, 1, 3, 2], 1, 2, 3, 4, 5, 6),
      floats("b", [2], 7, 8),
      ints("zero", 0),
      ints("minus", -1),
    ],
  });
  const { kernel, bias } = conv as Record<string, unknown>;
  assert.deepEqual(kernel, { shape: [1, 1, 3, 2], values: [1, 2, 3, 4, 5, 6] });
  assert.deepEqual(bias, { shape: [2], values: [7, 8] });
});

Deno.test("what moves values otherwise is refused by name", () => {
  const refusals: [nodes: Parameters<typeof node>[], what: string][] = [
    [
      [["Flatten", ["x"], "y", { axis: 2 }]],
      "a Flatten of more than one image",
    ],
    [[["Reshape", ["x", "grid"], "y"]], "a Reshape to [0,89401,3]"],
    [[["Reshape", ["x", "x"], "y"]], "a Reshape to []"],
    [[["Squeeze", ["x", "axes"], "y"]], "read"],
    [[["Squeeze", ["x", "channels"], "y"]], "a Squeeze of the axes C"],
    [[["Transpose", ["x"], "y", { perm: [0, 1] }]], "a Transpose by [0,1]"],
    [
      [["Transpose", ["x"], "y", { perm: [0, 1, 1, 2] }]],
      "a Transpose by [0,1,1,2]",
    ],
    // Swaps height and width.
    [
      [
        ["Transpose", ["x"], "t", { perm: [0, 1, 3, 2] }],
        ["GlobalAveragePool", ["t"], "y"],
      ],
      "a GlobalAveragePool of the axes NCWH",
    ],
    [
      [["Concat", ["x", "x"], "y", { axis: 2 }]],
      "a Concat along axis 2 of NCHW,NCHW",
    ],
    [
      [
        ["Transpose", ["x"], "t", { perm: [0, 2, 3, 1] }],
        ["Concat", ["x", "t"], "y", { axis: 1 }],
      ],
      "a Concat along axis 1 of NCHW,NHWC",
    ],
  ];
  for (const [nodes, what] of refusals) {
    assert.equal(
      refusalOf({
        nodes: nodes.map((it) => node(...it)),
        tensors: [
          ints("grid", 0, 299 * 299, 3),
          ints("axes", 2, 3),
          ints("channels", 1),
        ],
      }),
      what,
    );
  }
});

Deno.test("a bias is read that is made of the shape of its weights", () => {
  // torch 2's export of a convolution without bias, if it doesn't optimize.
  const [conv] = readNodes({
    nodes: [
      node("Shape", ["w"], "shape", { start: 0, end: 1 }),
      node("Expand", ["shape", "one"], "extents"),
      node("CastLike", ["half", "x"], "value"),
      node("Expand", ["value", "extents"], "bias"),
      node("Conv", ["x", "w", "bias"], "y"),
    ],
    tensors: [
      floats("w", [2, 3, 1, 1], 1, 2, 3, 4, 5, 6),
      floats("half", [], 0.5),
      ints("one", 1),
    ],
  });
  const { bias } = conv as Record<string, unknown>;
  assert.deepEqual(bias, { shape: [2], values: [0.5, 0.5] });
});

Deno.test("a constant isn't expanded beyond what networks have", () => {
  const expandTo = (...extents: number[]) =>
    refusalOf({
      nodes: [node("Expand", ["half", "target"], "y")],
      tensors: [floats("half", [], 0.5), ints("target", ...extents)],
    });
  assert.equal(expandTo(65536), "read");
  assert.equal(expandTo(65536, 2), "an Expand to [65536,2]");
  assert.equal(expandTo(2 ** 40), `an Expand to [${2 ** 40}]`);
  assert.equal(
    refusalOf({ nodes: [node("Expand", ["x", "x"], "y")] }),
    "an Expand to []",
  );
});
