import assert from "node:assert/strict";
import { largestCodes } from "../../../src/backends/int8/largest_code.ts";
import { inceptionV3, INPUT } from "../../../src/model/mod.ts";

Deno.test("largestCodes() are those of 8 bits for the image and the first two activations", () => {
  const graph = inceptionV3();
  const isConv = ({ op }: { op: string }) => op === "conv";
  const names = [INPUT, ...graph.nodes.filter(isConv).map((it) => it.name)];
  for (const [bits, most] of [[7, 127], [8, 255]] as const) {
    const found = names.map(largestCodes(graph, bits));
    assert.deepEqual(found.slice(0, 3), [255, 255, 255]);
    assert.deepEqual(found.slice(3), Array(92).fill(most));
  }
});
