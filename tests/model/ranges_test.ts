import assert from "node:assert/strict";
import {
  inceptionV3,
  inferShapes,
  INPUT,
  type Node,
} from "../../src/model/mod.ts";
import { channelRanges } from "../../src/model/ranges.ts";
import { conv, smallGraph } from "./small_graph.ts";

const window = { size: 3, stride: 1, padding: "same" } as const;

Deno.test("channelRanges() gives the image 255 and a convolution its own range", () => {
  const ranges = rangesOf([conv("a", INPUT, 2)], { a: 6 });
  assert.deepEqual([...ranges.get(INPUT)!], [255, 255, 255]);
  assert.deepEqual([...ranges.get("a")!], [6, 6]);
});

Deno.test("channelRanges() joins the ranges of a concatenation's parts in their order", () => {
  const ranges = rangesOf([
    conv("a", INPUT, 2),
    conv("b", INPUT, 1),
    conv("c", INPUT, 2),
    { op: "concat", name: "inner", inputs: ["c", "a"] },
    { op: "concat", name: "outer", inputs: ["b", "inner"] },
  ], { a: 1, b: 2, c: 3 });
  assert.deepEqual([...ranges.get("inner")!], [3, 3, 1, 1]);
  assert.deepEqual([...ranges.get("outer")!], [2, 3, 3, 1, 1]);
});

Deno.test("channelRanges() lets a max pool keep the ranges of its input", () => {
  const ranges = rangesOf([
    conv("a", INPUT, 1),
    conv("b", INPUT, 1),
    { op: "concat", name: "both", inputs: ["a", "b"] },
    { op: "maxPool", name: "pool", input: "both", ...window },
  ], { a: 1, b: 2 });
  assert.deepEqual([...ranges.get("pool")!], [1, 2]);
});

Deno.test("channelRanges() gives an average pool a range of its own", () => {
  const ranges = rangesOf([
    conv("a", INPUT, 1),
    conv("b", INPUT, 1),
    { op: "concat", name: "both", inputs: ["a", "b"] },
    {
      op: "avgPool",
      name: "pool",
      input: "both",
      ...window,
      countIncludePad: false,
    },
  ], { a: 1, b: 2, pool: 0.5 });
  assert.deepEqual([...ranges.get("pool")!], [0.5, 0.5]);
});

Deno.test("channelRanges() ends where activations are f32", () => {
  const ranges = rangesOf([conv("a", INPUT, 1)], { a: 1 });
  assert.deepEqual([...ranges.keys()], [INPUT, "a"]);
});

Deno.test("channelRanges() gives every channel that a convolution of Inception-v3 reads a range", () => {
  const graph = inceptionV3({ auxiliary: true });
  const asked: string[] = [];
  const ranges = channelRanges(graph, (name) => asked.push(name));
  const shapes = inferShapes(graph);
  for (const node of graph.nodes) {
    if (node.op !== "conv") continue;
    const found = ranges.get(node.input)!;
    assert.equal(found.length, shapes.get(node.input)![2], node.name);
    assert.ok(found.every((it) => it > 0), node.name);
  }
  assert.deepEqual(
    asked,
    graph.nodes.filter(({ op }) => op === "conv" || op === "avgPool")
      .map(({ name }) => name),
  );
});

/** The ranges of `nodes`, followed by a classifier, on 4 x 4 pixels. */
function rangesOf(
  nodes: readonly Node[],
  ranges: Record<string, number>,
): ReadonlyMap<string, Float32Array> {
  const graph = smallGraph([4, 4, 3], nodes);
  return channelRanges(graph, (name) => ranges[name]!);
}
