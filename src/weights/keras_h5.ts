import { assertBytes, assertOptions } from "../argument.ts";
import {
  assertLoadOptions,
  NETWORK_METADATA,
  type NetworkMetadata,
} from "./load_options.ts";
import type { Network } from "../model/network.ts";
import { CorruptWeightsError } from "../errors.ts";
import type { DataSet } from "./hdf5/data_set.ts";
import { type Group, openHdf5 } from "./hdf5/open.ts";
import { parseJson } from "./parse_json.ts";
import { matchInceptionV3 } from "./foreign/match.ts";
import { importedNetwork } from "./foreign/network.ts";
import { KERAS_PREPROCESSING } from "./keras/preprocessing.ts";
import { kerasGraph } from "./keras_graph.ts";
import { parseKerasModel } from "./keras_topology.ts";
import { matchLayerOrder } from "./match_keras_order.ts";

/**
 * The network of a Keras `.h5` file: what `model.save()` and
 * `model.save_weights()` write, and `keras.applications` publishes, as
 * `inception_v3_weights_tf_dim_ordering_tf_kernels.h5` and `..._notop.h5`
 * (`keras/src/legacy/saving/legacy_h5_format.py`).
 *
 * A whole model is matched by its wiring. Weights alone have none, and are matched by the
 * order of their layers, which Keras derives from the wiring, and by the shape of every
 * tensor. Names don't matter. Everything is checked here but the values, which stay in
 * `bytes`; each layer is copied and folded when a backend asks for it.
 *
 * A file without a top has 0 classes and no labels: its network ends with the features.
 *
 * @param bytes The whole file.
 * @throws {CorruptWeightsError} When the file is damaged, cut off or of another
 * format, when it isn't an Inception-v3, or when a tensor is absent or has another
 * shape; the text names the layer. `weights()` throws it when a variance is
 * negative, or a value NaN or infinite.
 *
 * @example The weights of `keras.applications`
 * ```ts
 * import { importKerasH5 } from "@totem/inception/weights";
 *
 * const network = importKerasH5(await Deno.readFile("model.h5"));
 * console.log(network.architecture.classes); // 1000
 * ```
 */
export function importKerasH5(
  bytes: Uint8Array,
  metadata: NetworkMetadata = {},
): Network {
  assertBytes("import a Keras model", bytes);
  assertOptions("import a Keras model", metadata, NETWORK_METADATA);
  assertLoadOptions(metadata);
  const root = openHdf5(bytes);
  const layers = readLayers(root);
  const [config] = root.texts("model_config") ?? [];
  const read = ({ offset, length }: DataSet) =>
    new Float32Array(bytes.slice(offset, offset + length).buffer);
  if (config === undefined) {
    const stored = [...layers].map(([layer, tensors]) => ({
      name: layer,
      tensors: new Map(
        [...tensors].map(([name, set]) => [name, {
          name: `${layer}/${name}`,
          shape: set.shape,
          read: () => read(set),
        }]),
      ),
    }));
    return importedNetwork(matchLayerOrder(stored), metadata);
  }
  const tensors = new Map(
    [...layers].flatMap(([layer, tensors]) =>
      [...tensors].map(([name, tensor]) => [`${layer}/${name}`, tensor])
    ),
  );
  const json = parseJson(
    new TextEncoder().encode(config),
    "model_config",
    BOUNDS,
  );
  const graph = kerasGraph(parseKerasModel(json), {
    shapeOf: (name) => tensors.get(name)?.shape,
    read: (name) => read(tensors.get(name)!),
  });
  const match = matchInceptionV3(graph, KERAS_PREPROCESSING);
  return importedNetwork(match, metadata);
}

/** Half of that of a JSON file, as the HDF5 file is in memory, too. */
const BOUNDS = { maxDepth: 64, maxMarks: 2 ** 16 };

/** The tensors of each layer, by `kernel`, `bias`, ..., in the layers' order. */
type Layers = ReadonlyMap<string, ReadonlyMap<string, DataSet>>;

function readLayers(root: Group): Layers {
  // A whole model's weights are a group, weights alone are the root.
  const group = readList(root, "layer_names") === undefined
    ? root.group("model_weights")
    : root;
  const names = group && readList(group, "layer_names");
  if (names === undefined) {
    throw new CorruptWeightsError(
      root.group("layers") === undefined
        ? 'Cannot import the HDF5 file as Keras must have written it: it has no "layer_names"'
        : 'Cannot import the HDF5 file as Keras 3\'s ".weights.h5" isn\'t read: load it into its model and save that with model.save("model.h5")',
    );
  }
  const layers = new Map<string, ReadonlyMap<string, DataSet>>();
  for (const name of names) {
    const layer = group!.group(name);
    if (layer === undefined || layers.has(name)) {
      throw new CorruptWeightsError(
        `Cannot import the Keras layer "${name}" as it must be in the file once: it is ${
          layer === undefined ? "absent" : "listed twice"
        }`,
      );
    }
    layers.set(name, readTensors(name, layer));
  }
  return layers;
}

function readTensors(layer: string, group: Group): Map<string, DataSet> {
  const tensors = new Map<string, DataSet>();
  for (const path of readList(group, "weight_names") ?? []) {
    // `conv2d_1/kernel:0`, or `conv2d_1/kernel` since Keras 3.
    const name = path.slice(path.lastIndexOf("/") + 1).replace(/:0$/, "");
    const tensor = group.dataSet(path);
    if (tensor === undefined) {
      throw new CorruptWeightsError(
        `Cannot find the tensor "${path}" of the Keras layer "${layer}"`,
      );
    }
    if (tensors.has(name)) {
      throw new CorruptWeightsError(
        `Cannot import the Keras layer "${layer}" as it must be one layer: it is a model of its own, with several "${name}"`,
      );
    }
    tensors.set(name, tensor);
  }
  return tensors;
}

/**
 * The texts of an attribute, which Keras splits into `name0`, `name1`, ... if it exceeds
 * HDF5's limit of 64 KB.
 */
function readList(group: Group, name: string): readonly string[] | undefined {
  const whole = group.texts(name);
  if (whole !== undefined) return whole;
  const parts: (readonly string[])[] = [];
  while (true) {
    const part = group.texts(`${name}${parts.length}`);
    if (part === undefined) break;
    parts.push(part);
  }
  return parts.length === 0 ? undefined : parts.flat();
}
