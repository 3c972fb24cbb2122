/**
 * That a whole Inception-v3 is read from each kind of file that holds TensorFlow's graphs.
 */
import assert from "node:assert/strict";
import {
  inceptionV3,
  isWeighted,
  type Network,
} from "../../../src/model/mod.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
import { loadTfjsModel } from "../../../src/weights/tfjs_model.ts";
import { encodeGraph, graphModel } from "./graph_defs.ts";
import { wholeGraph, type WholeOptions } from "./whole_graph.ts";

const FORMS: readonly WholeOptions[] = [
  { norm: "fused", head: "keras" },
  { norm: "fused", head: "slim" },
  { norm: "first", head: "slim", architecture: { lastPool: "max" } },
  { norm: "arithmetic", head: "keras" },
  { norm: "bias", head: "keras", architecture: { lastBlock: "Mixed_6e" } },
  { norm: "_FusedConv2D", head: "keras" },
];

for (const form of FORMS) {
  const { norm, head } = form;
  Deno.test(`a frozen graph of batch norm "${norm}" and head "${head}" is read`, async () => {
    const { nodes, expected } = wholeGraph(form);
    assertWeights(await loadNetwork(encodeGraph(nodes)), form, expected);
  });

  Deno.test(`a TFJS graph model of batch norm "${norm}" and head "${head}" is read`, async () => {
    const { nodes, expected, output } = wholeGraph(form);
    const { modelJson, shard } = graphModel(nodes, [`${output}:0`]);
    const network = await loadTfjsModel({
      name: "model.json",
      bytes: new TextEncoder().encode(JSON.stringify(modelJson)),
      sibling: () => Promise.resolve(shard),
    }, {});
    assertWeights(network, form, expected);
  });
}

function assertWeights(
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
