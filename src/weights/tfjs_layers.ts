import { assertOptions } from "../argument.ts";
import type { Network } from "../model/network.ts";
import { CorruptWeightsError } from "../errors.ts";
import type { ForeignFile } from "./foreign/file.ts";
import { asObject, shown } from "./json.ts";
import { parseJson } from "./parse_json.ts";
import { matchInceptionV3 } from "./foreign/match.ts";
import { importedNetwork } from "./foreign/network.ts";
import { KERAS_PREPROCESSING } from "./keras/preprocessing.ts";
import { kerasGraph } from "./keras_graph.ts";
import {
  assertLoadOptions,
  IMPORT_OPTIONS,
  type ImportOptions,
} from "./load_options.ts";
import { parseKerasModel } from "./keras_topology.ts";
import { parseManifest, readTensor } from "./tfjs_manifest.ts";

export { KERAS_PREPROCESSING };

/**
 * Returns the bytes of the shard `name`, calling `onBytes` with the number of bytes since
 * the last call. More than `limit` are an error, so it may stop reading there.
 */
export type ShardReader = (
  name: string,
  limit: number,
  onBytes: (count: number) => void,
) => Promise<Uint8Array>;

/** As {@linkcode importLayersModel}, of a `model.json` with its shards beside it. */
export async function loadLayersModel(
  { name, bytes, sibling }: ForeignFile,
  options: ImportOptions,
): Promise<Network> {
  const readShard: ShardReader = async (shard, limit, onBytes) => {
    const read = await sibling?.(shard, limit, onBytes);
    if (read !== undefined) return read;
    throw new CorruptWeightsError(
      `Cannot find the file "${shard}" with weights of the TFJS model, which must lie beside its model.json`,
    );
  };
  return await importLayersModel(parseJson(bytes, name), readShard, options);
}

/**
 * The network of a TFJS layers model: what `tensorflowjs_converter` and
 * `tf.LayersModel.save()` write from a Keras model.
 *
 * All of `model.json` is checked before the first shard is read. The weights stay as they
 * are stored; each layer is converted and folded when a backend asks for it.
 *
 * @param modelJson The parsed `model.json`.
 * @throws {CorruptWeightsError} When the model isn't an Inception-v3, when a
 * tensor is absent or has another shape, or when shards have too few or too many
 * bytes; `weights()` throws it when a variance is negative, or a value NaN or
 * infinite. The text names the layer.
 */
export async function importLayersModel(
  modelJson: unknown,
  readShard: ShardReader,
  options: ImportOptions = {},
): Promise<Network> {
  assertOptions("import a TFJS model", options, IMPORT_OPTIONS);
  assertLoadOptions(options);
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
  const shards: Uint8Array[][] = [];
  const graph = kerasGraph(parseKerasModel(modelTopology), {
    shapeOf: (name) => tensors.get(name)?.shape,
    read(name) {
      const entry = tensors.get(name)!;
      return readTensor(entry, shards[entry.group]!);
    },
  });
  const match = matchInceptionV3(graph, KERAS_PREPROCESSING);
  const network = importedNetwork(match, options);

  const total = groups.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  const onBytes = (count: number) => options.onProgress?.(done += count, total);
  for (const [i, { paths, length }] of groups.entries()) {
    const parts: Uint8Array[] = [];
    let rest = length;
    for (const path of paths) {
      const bytes = await readShard(path, rest, onBytes);
      parts.push(bytes);
      rest -= bytes.length;
    }
    if (rest !== 0) {
      throw new CorruptWeightsError(
        `Cannot read the weights as group ${i} must have ${length} bytes: its shards have ${
          length - rest
        }${rest < 0 ? " or more" : ""}`,
      );
    }
    shards.push(parts);
  }

  return network;
}
