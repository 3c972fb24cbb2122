import { pickOptions } from "../argument.ts";
import { CorruptWeightsError } from "../errors.ts";
import { fileName } from "../io/address.ts";
import type { Network } from "../model/network.ts";
import type { ForeignFile } from "./foreign/file.ts";
import { importedNetwork } from "./foreign/network.ts";
import type { FoundClasses } from "./labels.ts";
import { type ImportOptions, NETWORK_METADATA } from "./load_options.ts";
import { readGraphModel } from "./tensorflow/graph_model.ts";
import { matchTensorflow } from "./tensorflow/match.ts";
import { parseModelJson } from "./tfjs_json.ts";
import { importLayers } from "./tfjs_layers.ts";
import {
  parseManifest,
  readShards,
  readTensor,
  type ShardReader,
} from "./tfjs_manifest.ts";

/**
 * Loads a TFJS layers model or graph model: a `model.json` and its shards.
 *
 * @param classes From a file beside it.
 */
export async function loadTfjsModel(
  { name, bytes, sibling }: ForeignFile,
  options: ImportOptions,
  classes?: FoundClasses,
): Promise<Network> {
  const readShard: ShardReader = async (shard, limit, onBytes) => {
    const read = await sibling?.(shard, limit, onBytes);
    if (read !== undefined) return read;
    throw new CorruptWeightsError(
      `Cannot find the file "${shard}" with weights of the TFJS model, which must lie beside its model.json`,
    );
  };
  const modelJson = parseModelJson(bytes, fileName(name));
  if (!isGraphModel(modelJson)) {
    return await importLayers(modelJson, readShard, options, classes);
  }
  const { tensors, groups } = parseManifest(modelJson.weightsManifest);
  // Axes and shapes are among the weights, so the weights are read before the graph.
  const shards = await readShards(groups, readShard, options.onProgress);
  const graph = readGraphModel(
    modelJson,
    tensors,
    (tensor) => readTensor(tensor, shards[tensor.group]!),
  );
  return importedNetwork(
    matchTensorflow(graph),
    pickOptions(options, NETWORK_METADATA),
    classes,
  );
}

/** Files of older converters don't state their format. */
function isGraphModel(
  { format, modelTopology }: Readonly<Record<string, unknown>>,
): boolean {
  if (format !== undefined && format !== null) return format === "graph-model";
  return typeof modelTopology === "object" && modelTopology !== null &&
    Array.isArray((modelTopology as { readonly node?: unknown }).node);
}
