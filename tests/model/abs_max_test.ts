import assert from "node:assert/strict";
import {
  inceptionV3,
  inferShapes,
  INPUT,
  type Node,
} from "../../src/model/mod.ts";
import { channelAbsMax } from "../../src/model/abs_max.ts";
import { conv, smallGraph } from "./small_graph.ts";

const window = { size: 3, stride: 1, padding: "same" } as const;

Deno.test("channelAbsMax() gives the image 255 and a convolution its own value", () => {
  const maxima = maximaOf([conv("a", INPUT, { channels: 2 })], { a: 6 });
  assert.deepEqual([...maxima.get(INPUT)!], [255, 255, 255]);
  assert.deepEqual([...maxima.get("a")!], [6, 6]);
});

Deno.test("channelAbsMax() joins those of a concatenation's parts in their order", () => {
  const maxima = maximaOf([
    conv("a", INPUT, { channels: 2 }),
    conv("b", INPUT, { channels: 1 }),
    conv("c", INPUT, { channels: 2 }),
    { op: "concat", name: "inner", inputs: ["c", "a"] },
    { op: "concat", name: "outer", inputs: ["b", "inner"] },
  ], { a: 1, b: 2, c: 3 });
  assert.deepEqual([...maxima.get("inner")!], [3, 3, 1, 1]);
  assert.deepEqual([...maxima.get("outer")!], [2, 3, 3, 1, 1]);
});

Deno.test("channelAbsMax() lets a max pool keep those of its input", () => {
  const maxima = maximaOf([
    conv("a", INPUT, { channels: 1 }),
    conv("b", INPUT, { channels: 1 }),
    { op: "concat", name: "both", inputs: ["a", "b"] },
    { op: "maxPool", name: "pool", input: "both", ...window },
  ], { a: 1, b: 2 });
  assert.deepEqual([...maxima.get("pool")!], [1, 2]);
});

Deno.test("channelAbsMax() gives an average pool a value of its own", () => {
  const maxima = maximaOf([
    conv("a", INPUT, { channels: 1 }),
    conv("b", INPUT, { channels: 1 }),
    { op: "concat", name: "both", inputs: ["a", "b"] },
    {
      op: "avgPool",
      name: "pool",
      input: "both",
      ...window,
      countIncludePad: false,
    },
  ], { a: 1, b: 2, pool: 0.5 });
  assert.deepEqual([...maxima.get("pool")!], [0.5, 0.5]);
});

Deno.test("channelAbsMax() ends where activations are f32", () => {
  const maxima = maximaOf([conv("a", INPUT, { channels: 1 })], { a: 1 });
  assert.deepEqual([...maxima.keys()], [INPUT, "a"]);
});

Deno.test("channelAbsMax() gives every channel that a convolution of Inception-v3 reads a range", () => {
  const graph = inceptionV3({ auxiliary: true });
  const asked: string[] = [];
  const maxima = channelAbsMax(graph, (name) => asked.push(name));
  const shapes = inferShapes(graph);
  for (const node of graph.nodes) {
    if (node.op !== "conv") continue;
    const found = maxima.get(node.input)!;
    assert.equal(found.length, shapes.get(node.input)![2], node.name);
    assert.ok(found.every((it) => it > 0), node.name);
  }
  assert.deepEqual(
    asked,
    graph.nodes.filter(({ op }) => op === "conv" || op === "avgPool")
      .map(({ name }) => name),
  );
});

/** The maxima of `nodes`, followed by a classifier, on 4 x 4 pixels. */
function maximaOf(
  nodes: readonly Node[],
  maxima: Record<string, number>,
): ReadonlyMap<string, Float32Array> {
  const graph = smallGraph([4, 4, 3], nodes);
  return channelAbsMax(graph, (name) => maxima[name]!);
}
