/**
 * Reads a whole Inception-v3 from each kind of file with TensorFlow graphs.
 */
import { loadNetwork } from "../../../src/weights/mod.ts";
import { loadTfjsModel } from "../../../src/weights/tfjs_model.ts";
import { assertWeights } from "./assert_weights.ts";
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

Deno.test("a TFJS graph model that doesn't say what it is is read, too", async () => {
  const form = FORMS[0]!;
  const { nodes, expected } = wholeGraph(form);
  const { modelJson, shard } = graphModel(nodes, []);
  const { modelTopology, weightsManifest } = modelJson;
  const json = JSON.stringify({ modelTopology, weightsManifest });
  const network = await loadTfjsModel({
    name: "model.json",
    bytes: new TextEncoder().encode(json),
    sibling: () => Promise.resolve(shard),
  }, {});
  assertWeights(network, form, expected);
});
