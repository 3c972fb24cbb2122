/**
 * Imports Inception-v3 from a TFJS layers model: what `tensorflowjs_converter`
 * and `tf.LayersModel.save()` write from a Keras model.
 *
 * @module
 */
import { inferShapes, valuesIn } from "../model/shapes.ts";
import { isWeighted, type Shape, type WeightedNode } from "../model/graph.ts";
import type { LayerWeights, Network, Preprocessing } from "../model/network.ts";
import { CorruptWeightsError } from "../errors.ts";
import { type BatchNorm, foldBatchNorm } from "./fold_batch_norm.ts";
import { asObject } from "./json.ts";
import { numericSetting, parseKerasModel } from "./keras_topology.ts";
import { matchInceptionV3, type WeightedLayers } from "./match_keras.ts";
import { parseManifest, readTensor } from "./tfjs_manifest.ts";

/** What a layers model doesn't say of itself. */
export interface NetworkFacts {
  /** The classes' names; `class 0`, `class 1`, ... unless given. */
  readonly labels?: readonly string[];
  /** Keras's rule for Inception unless given: {@linkcode KERAS_PREPROCESSING}. */
  readonly preprocessing?: Preprocessing;
}

/** How the bytes of a model's weights come. */
export interface ImportOptions extends NetworkFacts {
  /** Called as bytes come: how many of the total are there. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Gives the bytes of the shard `name`, calling `onBytes` with the number of those
 * that came since the last call. It may stop behind `limit`: more is an error.
 */
export type ShardReader = (
  name: string,
  limit: number,
  onBytes: (count: number) => void,
) => Promise<Uint8Array>;

/** `keras.applications.inception_v3.preprocess_input`: 0..255 to -1..1. */
export const KERAS_PREPROCESSING: Preprocessing = {
  crop: { kind: "center", fraction: 1 },
  resize: "antialiased",
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};

/**
 * The network of a layers model.
 *
 * Everything that `model.json` says is checked before the first shard is asked
 * for. The weights stay as they were stored, and are expanded and folded layer
 * by layer when a backend asks for them.
 *
 * @param modelJson The parsed `model.json`.
 * @throws {CorruptWeightsError} When the model isn't an Inception-v3, when a
 * tensor is absent or has another shape, or when shards have too few or too many
 * bytes. The text names the layer.
 */
export async function importLayersModel(
  modelJson: unknown,
  readShard: ShardReader,
  options: ImportOptions = {},
): Promise<Network> {
  const { format, modelTopology, weightsManifest } = asObject(
    modelJson,
    "model.json",
  );
  if (format !== undefined && format !== null && format !== "layers-model") {
    throw new CorruptWeightsError(
      `Cannot import the TFJS model as its format must be "layers-model": it is ${
        JSON.stringify(format)
      }`,
    );
  }
  const { architecture, graph, weighted } = matchInceptionV3(
    parseKerasModel(modelTopology),
  );
  const { tensors, groups } = parseManifest(weightsManifest);
  const shapes = inferShapes(graph);

  const plans = new Map<string, LayerPlan>();
  for (const node of graph.nodes) {
    if (!isWeighted(node)) continue;
    const input = shapes.get(node.input)!;
    plans.set(node.name, planLayer(node, input, weighted.get(node.name)!));
  }
  for (const { reads } of plans.values()) {
    for (const { tensor, shape, role } of reads) {
      const found = tensors.get(tensor)?.shape;
      if (String(found) === String(shape)) continue;
      throw new CorruptWeightsError(
        `Cannot use the ${role} "${tensor}" as its shape must be [${shape}]: it is ${
          found === undefined ? "absent" : `[${found}]`
        }`,
      );
    }
  }
  const labels = options.labels ??
    Array.from({ length: architecture.classes! }, (_, i) => `class ${i}`);
  if (labels.length !== architecture.classes) {
    throw new CorruptWeightsError(
      `Cannot label the model's ${architecture.classes} classes with ${labels.length} names`,
    );
  }

  const shards: Uint8Array[][] = [];
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

  return {
    architecture,
    labels,
    preprocessing: options.preprocessing ?? KERAS_PREPROCESSING,
    weights(name) {
      const plan = plans.get(name);
      if (plan === undefined) {
        throw new RangeError(`Cannot give weights of "${name}": it has none`);
      }
      return plan.assemble((tensor) => {
        const entry = tensors.get(tensor)!;
        return readTensor(entry, shards[entry.group]!);
      });
    },
  };
}

/** Which tensors a layer needs and how its weights are made of them. */
interface LayerPlan {
  readonly reads: readonly {
    readonly tensor: string;
    readonly shape: readonly number[];
    readonly role: string;
  }[];
  assemble(
    read: (tensor: string) => Float32Array<ArrayBuffer>,
  ): LayerWeights;
}

function planLayer(
  node: WeightedNode,
  input: Shape,
  { layer, batchNorm }: WeightedLayers,
): LayerPlan {
  const outputs = node.op === "conv" ? node.channels : node.units;
  const shape = node.op === "conv"
    ? [...node.kernel, input[2], outputs]
    : [valuesIn(input), outputs];
  const kernel = `${layer.name}/kernel`;
  const bias = layer.config.use_bias === false ? null : `${layer.name}/bias`;
  const norm = batchNorm && {
    gamma: batchNorm.config.scale === false ? null : `${batchNorm.name}/gamma`,
    beta: batchNorm.config.center === false ? null : `${batchNorm.name}/beta`,
    mean: `${batchNorm.name}/moving_mean`,
    variance: `${batchNorm.name}/moving_variance`,
    epsilon: numericSetting(batchNorm, "epsilon"),
  };
  const vectors = [bias, norm?.gamma, norm?.beta, norm?.mean, norm?.variance];
  return {
    reads: [
      { tensor: kernel, shape, role: `kernel of "${node.name}"` },
      ...vectors.filter((it) => typeof it === "string").map((tensor) => ({
        tensor,
        shape: [outputs],
        role: `vector of "${node.name}"`,
      })),
    ],
    assemble(read) {
      const weights = {
        kernel: read(kernel),
        bias: bias === null ? new Float32Array(outputs) : read(bias),
      };
      if (norm === undefined) return weights;
      const values: BatchNorm = {
        mean: read(norm.mean),
        variance: read(norm.variance),
        epsilon: norm.epsilon,
        ...(norm.gamma !== null && { gamma: read(norm.gamma) }),
        ...(norm.beta !== null && { beta: read(norm.beta) }),
      };
      return foldBatchNorm(node.name, weights, values);
    },
  };
}
