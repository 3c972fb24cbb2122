import assert from "node:assert/strict";
import { INPUT, type Node } from "../../../src/model/mod.ts";
import {
  channelFactors,
  MOST,
} from "../../../src/weights/quantize/channel_factors.ts";
import { conv, smallGraph } from "../../model/small_graph.ts";

const WINDOW = { size: 2, stride: 1, padding: "same" } as const;
const nodes: Node[] = [
  conv("a", INPUT, { channels: 2 }),
  conv("b", "a", { channels: 3 }),
  conv("pooled", INPUT),
  { op: "maxPool", name: "max", input: "pooled", ...WINDOW },
  conv("c", "b"),
  conv("d", "max"),
  conv("e", "c"),
  { op: "concat", name: "end", inputs: ["d", "e"] },
];
const graph = smallGraph([4, 4, 3], nodes);

Deno.test("channelFactors() are the roots of the ranges of activations over those of their channels", () => {
  const factors = channelFactors(graph, {
    ranges: new Map([["a", 8], ["b", 3], ["c", 1]]),
    channelRanges: new Map([
      ["a", [0.5, 16]],
      ["b", [0.001, 0, -1]],
      ["c", [0.5]],
    ]),
  });
  assert.deepEqual(
    Object.fromEntries([...factors].map(([name, it]) => [name, [...it]])),
    { a: [4, 1], b: [MOST, 1, 1] },
  );
});

Deno.test("channelFactors() are none without ranges of channels", () => {
  assert.equal(channelFactors(graph, { ranges: new Map() }).size, 0);
});
