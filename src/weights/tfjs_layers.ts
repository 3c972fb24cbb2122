import { assertOptions } from "../argument.ts";
import type { Network } from "../model/network.ts";
import { CorruptWeightsError } from "../errors.ts";
import { asObject, shown } from "./json.ts";
import { matchKeras } from "./keras/match.ts";
import { importedNetwork } from "./foreign/network.ts";
import { KERAS_PREPROCESSING } from "./keras/preprocessing.ts";
import { findInList } from "./keras/variables.ts";
import type { FoundClasses } from "./labels.ts";
import {
  assertLoadOptions,
  IMPORT_OPTIONS,
  type ImportOptions,
} from "./load_options.ts";
import {
  parseManifest,
  readShards,
  readTensor,
  type ShardReader,
} from "./tfjs_manifest.ts";

export { KERAS_PREPROCESSING };

export type { ShardReader } from "./tfjs_manifest.ts";

/**
 * Reads the network of a TFJS layers model, as written by `tensorflowjs_converter` and
 * `tf.LayersModel.save()`.
 *
 * All of `model.json` is checked before the first shard is read. The weights stay as they
 * are stored; each layer is converted and folded when a backend requests it.
 *
 * @param modelJson The parsed `model.json`.
 * @throws {CorruptWeightsError} When the model isn't an Inception-v3, when a
 * tensor is absent or has another shape, or when shards have too few or too many
 * bytes; `weights()` throws it when a variance is negative, or a value NaN or
 * infinite. The message names the layer.
 */
export async function importLayersModel(
  modelJson: unknown,
  readShard: ShardReader,
  options: ImportOptions = {},
): Promise<Network> {
  assertOptions("import a TFJS model", options, IMPORT_OPTIONS);
  assertLoadOptions(options);
  return await importLayers(modelJson, readShard, options);
}

/** Like {@linkcode importLayersModel}, with checked options. */
export async function importLayers(
  modelJson: unknown,
  readShard: ShardReader,
  options: ImportOptions,
  classes?: FoundClasses,
): Promise<Network> {
  const { format, modelTopology, weightsManifest } = asObject(
    modelJson,
    "model.json",
  );
  if (format !== undefined && format !== null && format !== "layers-model") {
    throw new CorruptWeightsError(
      `Cannot import the TFJS model as its format must be "layers-model": it is ${
        shown(format)
      }`,
    );
  }
  const { tensors, groups } = parseManifest(weightsManifest);
  let shards: readonly (readonly Uint8Array[])[] | undefined;
  const load = () => readShards(groups, readShard, options.onProgress);
  const topology = asObject(modelTopology, "modelTopology");
  const find = findInList([...tensors.keys()], (name) => {
    const entry = tensors.get(name)!;
    const read = () => {
      if (shards === undefined) throw new NotLoadedError();
      return readTensor(entry, shards[entry.group]!);
    };
    return { name, shape: entry.shape, read };
  });
  const match = () =>
    importedNetwork(
      matchKeras(topology.model_config ?? topology, find),
      options,
      classes,
    );
  try {
    const network = match();
    shards = await load();
    return network;
  } catch (error) {
    // Layers in front of the network may scale the image by weights from the shards.
    if (!(error instanceof NotLoadedError)) throw error;
    shards = await load();
    return match();
  }
}

/** A tensor was read before its shard was loaded. */
class NotLoadedError extends Error {}
