import assert from "node:assert/strict";
import {
  inceptionV3,
  isWeighted,
  type Network,
} from "../../../src/model/mod.ts";
import type { wholeGraph, WholeOptions } from "./whole_graph.ts";

/** Asserts that a network is the one that `wholeGraph()` wrote. */
export function assertWeights(
  network: Network,
  { architecture }: WholeOptions,
  expected: ReturnType<typeof wholeGraph>["expected"],
): void {
  const { variant } = network;
  assert.equal(variant, 75);
  const { lastBlock = "Mixed_7c", lastPool = "avg" } = architecture ?? {};
  assert.equal(network.architecture.lastBlock ?? "Mixed_7c", lastBlock);
  assert.equal(network.architecture.lastPool ?? "avg", lastPool);
  assert.equal(network.architecture.classes, 5);
  for (const node of inceptionV3({ ...network.architecture, variant }).nodes) {
    if (!isWeighted(node)) continue;
    const found = network.weights(node.name);
    const { kernel, bias } = expected.get(node.name)!;
    assertNear(found.kernel, kernel, `kernel of ${node.name}`);
    assertNear(found.bias, bias, `bias of ${node.name}`);
  }
}

function assertNear(a: Float32Array, b: Float32Array, what: string): void {
  assert.equal(a.length, b.length, what);
  const worst = a.reduce(
    (sum, it, i) => Math.max(sum, Math.abs(it - b[i]!)),
    0,
  );
  assert.ok(worst < 1e-5, `${what} differs by ${worst}`);
}
