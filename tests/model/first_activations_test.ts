import assert from "node:assert/strict";
import { firstActivations } from "../../src/model/first_activations.ts";
import { inceptionV3, INPUT, type Node } from "../../src/model/mod.ts";
import { conv, smallGraph } from "./small_graph.ts";

const WINDOW = { size: 2, stride: 1, padding: "same" } as const;
const nodes: Node[] = [
  conv("a", INPUT),
  conv("b", "a"),
  conv("pooled", INPUT),
  { op: "maxPool", name: "max", input: "pooled", ...WINDOW },
  conv("c", "b"),
  conv("d", "max"),
  conv("e", "c"),
  { op: "concat", name: "end", inputs: ["d", "e"] },
];
const graph = smallGraph([4, 4, 3], nodes);

Deno.test("firstActivations() are those of the first two convolutions, where only convolutions read them", () => {
  assert.deepEqual([...firstActivations(graph)], ["a", "b"]);
});

Deno.test("firstActivations() are none that give a result", () => {
  const ends = { ...graph, outputs: { ...graph.outputs, first: "a" } };
  assert.deepEqual([...firstActivations(ends)], ["b"]);
});

Deno.test("firstActivations() are the first two of Inception-v3 at each resolution", () => {
  for (const variant of ["full", "low151", "low79"] as const) {
    assert.deepEqual(
      [...firstActivations(inceptionV3({ variant }))],
      ["Conv2d_1a_3x3", "Conv2d_2a_3x3"],
    );
  }
});
