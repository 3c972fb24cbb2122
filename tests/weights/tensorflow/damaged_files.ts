/**
 * Damaged files with TensorFlow's graphs, for `tests/long/weights_fuzz_test.ts`.
 */
import type { Network } from "../../../src/model/mod.ts";
import { importedNetwork } from "../../../src/weights/foreign/network.ts";
import { readFrozenGraph } from "../../../src/weights/tensorflow/frozen_graph.ts";
import { readSavedModel } from "../../../src/weights/tensorflow/saved_model.ts";
import { loadTfjsModel } from "../../../src/weights/tfjs_model.ts";
import {
  mutateBytes,
  mutateText,
  mutateValues,
  pick,
  type Random,
} from "../../mutations.ts";
import { encodeGraph, graphModel } from "./graph_defs.ts";
import { makeSavedModel, savedModelFile } from "./saved_models.ts";
import { wholeGraph } from "./whole_graph.ts";

const GRAPHS = [
  wholeGraph({ norm: "fused", head: "slim" }),
  wholeGraph({
    norm: "arithmetic",
    head: "keras",
    architecture: { lastBlock: "Mixed_6b" },
  }),
  wholeGraph({ norm: "_FusedConv2D", head: "keras" }),
];

export function damagedFrozenGraphs() {
  const files = GRAPHS.map(({ nodes }) => encodeGraph(nodes));
  return {
    damage: (random: Random) => mutateBytes(pick(random, files), random),
    read: async (bytes: Uint8Array): Promise<Network> =>
      importedNetwork(await readFrozenGraph({ name: "m.pb", bytes })),
  };
}

export function damagedGraphModels() {
  const models = GRAPHS.map(({ nodes, output }) => graphModel(nodes, [output]));
  const texts = models.map(({ modelJson }) => JSON.stringify(modelJson));
  return {
    damage(random: Random, i: number): Uint8Array {
      const text = texts[i % texts.length]!;
      if (random() < 0.1) {
        return new TextEncoder().encode(mutateText(text, random));
      }
      const json = JSON.parse(text);
      const parts = [json.modelTopology.node, json.weightsManifest, json];
      mutateValues(pick(random, parts), random);
      return new TextEncoder().encode(JSON.stringify(json));
    },
    async read(bytes: Uint8Array, i: number): Promise<Network> {
      const { shard } = models[i % models.length]!;
      const sibling = () => Promise.resolve(shard);
      return await loadTfjsModel({ name: "model.json", bytes, sibling }, {});
    },
  };
}

/** Damages either the graph or the table of variables. */
export function damagedSavedModels() {
  const { nodes, output } = wholeGraph({ norm: "bias", head: "slim" });
  const model = makeSavedModel(nodes, output);
  const isOfGraph = (i: number) => i % 3 > 0;
  return {
    damage: (random: Random, i: number) =>
      mutateBytes(isOfGraph(i) ? model.pb : model.index, random),
    async read(bytes: Uint8Array, i: number): Promise<Network> {
      const file = savedModelFile({
        ...model,
        [isOfGraph(i) ? "pb" : "index"]: bytes,
      });
      return importedNetwork(await readSavedModel(file));
    },
  };
}
