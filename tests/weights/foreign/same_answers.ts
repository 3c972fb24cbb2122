import assert from "node:assert/strict";
import { type CropAndResize, inceptionV3 } from "../../../src/model/mod.ts";
import type { ForeignGraph } from "../../../src/weights/foreign/graph.ts";
import { matchInceptionV3 } from "../../../src/weights/foreign/match.ts";
import { importedNetwork } from "../../../src/weights/foreign/network.ts";
import { noise } from "../../random.ts";
import { evaluate } from "../../reference.ts";
import { evaluateGraph } from "./evaluate_graph.ts";
import { SIDE } from "./hand_graph.ts";

export const USUAL: CropAndResize = {
  crop: { kind: "squash" },
  resize: "antialiased",
};

const PIXELS = noise(SIDE);

/** Imports a graph, and compares its answer to an image with the network's. */
export function assertSameAnswers(graph: ForeignGraph): void {
  const network = importedNetwork(matchInceptionV3(graph, USUAL));
  const { architecture, variant = SIDE, origins } = network;
  const ours = inceptionV3({ ...architecture, variant });
  const { activations, probabilities, logits, features } = ours.outputs;
  // An assumed activation isn't in the graph.
  const answer = origins?.activation === "assumed" ? logits : probabilities;
  const last = origins?.pooling === "assumed" ? activations : features;
  const pixels = variant === SIDE ? PIXELS : noise(ours.input[0]);
  const found = evaluate(network, ours, pixels).get((answer ?? last)!)!;
  const expected = evaluateGraph(graph, pixels, ours.input[0]);
  assert.equal(found.values.length, expected.length);
  const largest = Math.max(1, ...expected.map(Math.abs));
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs(value - found.values[i]!) / largest;
    assert.ok(difference < 1e-4, `${found.values[i]} for ${value}`);
  }
}
