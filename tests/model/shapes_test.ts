import assert from "node:assert/strict";
import { type Graph, inferShapes, type Node } from "../../src/model/mod.ts";
import { GraphError } from "../../src/errors.ts";
import { samePadding } from "../../src/model/shapes.ts";
import { conv as convOf } from "./small_graph.ts";

Deno.test("inferShapes() follows VALID windows and strides", () => {
  const shapes = inferShapes(graphOf(conv({ kernel: [3, 2], stride: 2 })));
  assert.deepEqual(shapes.get("conv"), [4, 5, 8]);
});

Deno.test("inferShapes() follows SAME windows and strides", () => {
  const shapes = inferShapes(
    graphOf(conv({ kernel: [3, 3], stride: 2, padding: "same" })),
  );
  assert.deepEqual(shapes.get("conv"), [5, 5, 8]);
});

Deno.test("inferShapes() adds the channels of a concatenation", () => {
  const shapes = inferShapes(graphOf(
    conv({ padding: "same" }),
    { op: "concat", name: "both", inputs: ["conv", "input"] },
  ));
  assert.deepEqual(shapes.get("both"), [10, 10, 11]);
});

Deno.test("inferShapes() names the node whose input isn't computed", () => {
  throws(
    graphOf(conv({ input: "later" })),
    /"conv": its input "later" is not computed before it/,
  );
});

Deno.test("inferShapes() names the node whose window doesn't fit", () => {
  throws(
    graphOf(conv({ kernel: [11, 1] })),
    /a window of 11 pixels in "conv": its input has 10/,
  );
});

Deno.test("inferShapes() names both sides of a concatenation of unlike sizes", () => {
  throws(
    graphOf(
      conv({ kernel: [3, 3] }),
      { op: "concat", name: "both", inputs: ["input", "conv"] },
    ),
    /"both": "conv" is 8x8, "input" is 10x10/,
  );
});

Deno.test("inferShapes() rejects two nodes of one name", () => {
  throws(graphOf(conv(), conv()), /"conv": the name is taken/);
});

Deno.test("inferShapes() rejects a concatenation of nothing", () => {
  throws(graphOf({ op: "concat", name: "none", inputs: [] }), /"none"/);
});

Deno.test("inferShapes() rejects strides and channels that aren't whole", () => {
  throws(graphOf(conv({ stride: 0 })), /stride of "conv".*current value is 0/);
  throws(graphOf(conv({ channels: 1.5 })), /channels of "conv".*1.5/);
});

Deno.test("inferShapes() rejects an output that no node computes", () => {
  const graph = graphOf(conv());
  throws(
    { ...graph, outputs: { ...graph.outputs, logits: "absent" } },
    /"absent"/,
  );
});

Deno.test("samePadding() puts the odd pixel behind, as TensorFlow does", () => {
  assert.deepEqual(samePadding(10, 3, 1), [1, 1]);
  assert.deepEqual(samePadding(10, 3, 2), [0, 1]);
  assert.deepEqual(samePadding(9, 3, 2), [1, 1]);
  assert.deepEqual(samePadding(4, 1, 2), [0, 0]);
});

function conv(changes?: Parameters<typeof convOf>[2]): Node {
  return convOf("conv", "input", { channels: 8, ...changes });
}

function graphOf(...nodes: Node[]): Graph {
  const last = nodes.at(-1)!.name;
  return {
    input: [10, 10, 3],
    nodes,
    outputs: { features: last, logits: last, probabilities: last },
  };
}

function throws(graph: Graph, message: RegExp) {
  assert.throws(() => inferShapes(graph), (error) => {
    assert.ok(error instanceof GraphError);
    assert.match(error.message, message);
    return true;
  });
}
