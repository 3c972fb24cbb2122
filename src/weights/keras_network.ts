import type { LayerWeights, Network, Preprocessing } from "../model/network.ts";
import {
  inferShapes,
  isWeighted,
  type Shape,
  type WeightedNode,
} from "../model/mod.ts";
import { elementCount } from "../model/shapes.ts";
import { CorruptWeightsError } from "../errors.ts";
import { weightedLayer } from "../network_arguments.ts";
import { finiteWeights } from "./assert_finite.ts";
import type { NetworkMetadata } from "./load_options.ts";
import { type BatchNorm, foldBatchNorm } from "./fold_batch_norm.ts";
import { nameClasses, withAnswers } from "./answers.ts";
import { numericSetting } from "./keras_topology.ts";
import type { KerasMatch, WeightedLayers } from "./match_keras.ts";
import { mergePreprocessing } from "./origins.ts";

/** A Keras model's tensors, by `layer/kernel`, `layer/moving_mean`, ... */
export interface KerasTensors {
  shapeOf(name: string): readonly number[] | undefined;
  /** A copy of a tensor's values. */
  read(name: string): Float32Array<ArrayBuffer>;
}

/** `keras.applications.inception_v3.preprocess_input`: 0..255 to -1..1. */
export const KERAS_PREPROCESSING: Preprocessing = {
  crop: { kind: "center", fraction: 1 },
  resize: "antialiased",
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};

/**
 * The network of an Inception-v3 that was found in a Keras model. Each layer is read and
 * folded when a backend asks for it.
 */
export function kerasNetwork(
  { architecture, variant, origins: ends, graph, weighted }: KerasMatch,
  tensors: KerasTensors,
  metadata: NetworkMetadata,
): Network {
  const shapes = inferShapes(graph);
  const plans = new Map<string, ReturnType<typeof planLayer>>();
  for (const node of graph.nodes) {
    if (!isWeighted(node)) continue;
    const layers = weighted.get(node.name)!;
    plans.set(node.name, planLayer(node, shapes.get(node.input)!, layers));
  }
  for (const { reads } of plans.values()) {
    for (const { tensor, shape, role } of reads) {
      const found = tensors.shapeOf(tensor);
      if (String(found) === String(shape)) continue;
      throw new CorruptWeightsError(
        `Cannot use the ${role} "${tensor}" as its shape must be [${shape}]: it is ${
          found === undefined ? "absent" : `[${found}]`
        }`,
      );
    }
  }
  const { preprocessing, origins } = mergePreprocessing(
    metadata.preprocessing,
    undefined,
    KERAS_PREPROCESSING,
  );
  const answers = withAnswers(architecture, metadata);
  const network: Network = {
    architecture: answers.architecture,
    labels: [],
    variant,
    preprocessing,
    origins: { ...origins, ...ends, ...answers.origins },
    weights(name) {
      const plan = weightedLayer(plans, name);
      return finiteWeights(
        name,
        plan.assemble((tensor) => tensors.read(tensor)),
        () => plan.reads.map(({ tensor }) => [tensor, tensors.read(tensor)]),
      );
    },
  };
  return nameClasses(network, metadata.labels, "caller");
}

/** The tensors of a layer, and how they make its weights. */
function planLayer(
  node: WeightedNode,
  input: Shape,
  { layer, batchNorm }: WeightedLayers,
) {
  const outputs = node.op === "conv" ? node.channels : node.units;
  const shape = node.op === "conv"
    ? [...node.kernel, input[2], outputs]
    : [elementCount(input), outputs];
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
    assemble(read: KerasTensors["read"]): LayerWeights {
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
