import assert from "node:assert/strict";
import { inceptionV3, nodesFor } from "../../src/model/mod.ts";
import { GraphError } from "../../src/errors.ts";

Deno.test("nodesFor() leaves out what an output doesn't need", () => {
  const graph = inceptionV3({ auxiliary: true });
  const names = nodesFor(graph, graph.outputs.features).map((it) => it.name);
  assert.equal(names.at(-1), "AvgPool_1a");
  assert.ok(!names.includes("Logits"));
  assert.ok(!names.some((it) => it.startsWith("AuxLogits")));
});

Deno.test("nodesFor() keeps the execution order", () => {
  const graph = inceptionV3();
  assert.deepEqual(nodesFor(graph, "Predictions"), graph.nodes);
});

Deno.test("nodesFor() rejects a node that isn't there", () => {
  assert.throws(() => nodesFor(inceptionV3(), "Mixed_8a"), GraphError);
});
