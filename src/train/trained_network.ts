import { assertArgument } from "../argument.ts";
import { assertNetwork, weightedLayer } from "../network_arguments.ts";
import {
  inceptionV3,
  isWeighted,
  modelMetadata,
  type Network,
} from "../model/mod.ts";
import { type BatchNorm, foldBatchNorm } from "../weights/fold_batch_norm.ts";
import { moduleName } from "../weights/torch/match_torch.ts";
import {
  type TensorSource,
  writeSafetensors,
  type WrittenSafetensors,
} from "../weights/safetensors/write.ts";
import { stringifyTrained, TRAINED } from "../weights/trained_metadata.ts";
import { EPSILON } from "./layers/normalize.ts";
import { transpose } from "./matrix.ts";
import type { ChannelMoments } from "./measure_moments.ts";
import type { Tensors } from "./parameters.ts";

/** The weights of a trained layer, with batch norm unfolded. */
export interface TrainedLayer {
  /** See `LayerWeights`. */
  readonly kernel: Float32Array<ArrayBuffer>;
  /** Zeros for a convolution. */
  readonly bias: Float32Array<ArrayBuffer>;
  /** Only for a convolution. */
  readonly batchNorm?: Omit<BatchNorm, "gamma">;
}

/** A trained network. `layers` has its weights with batch norm unfolded. */
export interface TrainedNetwork extends Network {
  /** The layers by their names in the graph. */
  readonly layers: ReadonlyMap<string, TrainedLayer>;
}

/** Copies the values of parameters and moments into a network. */
export async function trainedNetwork(
  facts: Pick<
    Network,
    "architecture" | "variant" | "labels" | "preprocessing"
  >,
  parameters: Tensors,
  moments: ReadonlyMap<string, ChannelMoments>,
): Promise<TrainedNetwork> {
  const read = async (name: string) =>
    Float32Array.from(await parameters.get(name)!.data());
  const layers = new Map<string, TrainedLayer>();
  for (const { op, name } of inceptionV3(facts.architecture).nodes) {
    if (op === "dense") {
      layers.set(name, {
        kernel: await read(`${name}.kernel`),
        bias: await read(`${name}.bias`),
      });
    } else if (op === "conv") {
      const beta = await read(`${name}.beta`);
      layers.set(name, {
        kernel: await read(`${name}.kernel`),
        bias: new Float32Array(beta.length),
        batchNorm: { ...moments.get(name)!, beta, epsilon: EPSILON },
      });
    }
  }
  return {
    ...facts,
    layers,
    weights(name) {
      const { kernel, bias, batchNorm } = weightedLayer(layers, name);
      const weights = { kernel: kernel.slice(), bias: bias.slice() };
      return batchNorm ? foldBatchNorm(name, weights, batchNorm) : weights;
    },
  };
}

/**
 * Writes a trained network as safetensors, with PyTorch's names and shapes and with
 * batch norm not folded. `importTorchvision` and `totem convert` read it.
 *
 * @example
 * ```ts
 * import { trainNetwork, writeTrained } from "@totem/inception/train";
 *
 * const side = 75;
 * const images = [0, 255].map((level, classIndex) => ({
 *   pixels: new Uint8Array(4 * side ** 2).fill(level),
 *   classIndex,
 * }));
 * const network = await trainNetwork(images, {
 *   labels: ["black", "white"],
 *   variant: side,
 *   widthMultiplier: 1 / 16,
 *   auxiliary: false, // It doesn't fit at this size.
 *   epochs: 1,
 * });
 * await Deno.writeFile("levels.safetensors", writeTrained(network).stream);
 * ```
 */
export function writeTrained(network: TrainedNetwork): WrittenSafetensors {
  assertNetwork("write a trained network", network);
  const { architecture, layers } = network;
  assertArgument(
    layers instanceof Map,
    "write a trained network as it must be what trainNetwork() gives",
    network,
  );
  assertAsTrained(network);
  const graph = inceptionV3(architecture);
  const tensors: TensorSource[] = [];
  const add = (name: string, shape: number[], values: Float32Array) =>
    tensors.push({
      name,
      dtype: "F32",
      shape,
      data: () => new Uint8Array(Float32Array.from(values).buffer),
    });
  for (const node of graph.nodes.filter(isWeighted)) {
    const { kernel, bias, batchNorm } = layers.get(node.name)!;
    const module = moduleName(node.name);
    const outputs = bias.length;
    const taps = node.op === "conv" ? [...node.kernel] : [];
    const inputs = kernel.length / outputs / taps.reduce((a, b) => a * b, 1);
    const weight = toTorch(kernel, inputs, outputs);
    if (batchNorm === undefined) {
      add(`${module}.weight`, [outputs, inputs], weight);
      add(`${module}.bias`, [outputs], bias);
      continue;
    }
    add(`${module}.conv.weight`, [outputs, inputs, ...taps], weight);
    add(`${module}.bn.weight`, [outputs], new Float32Array(outputs).fill(1));
    add(`${module}.bn.bias`, [outputs], batchNorm.beta!);
    add(`${module}.bn.running_mean`, [outputs], batchNorm.mean);
    add(`${module}.bn.running_var`, [outputs], batchNorm.variance);
  }
  const metadata = new Map([
    ["format", "pt"],
    [TRAINED, stringifyTrained(network)],
  ]);
  return writeSafetensors(metadata, tensors);
}

/** The file doesn't store pools and answers, so they must be as in `trainNetwork()`. */
function assertAsTrained(network: Network): void {
  const { lastBlock = "Mixed_7c" } = network.architecture;
  const { pools, pooling, activation } = modelMetadata(network);
  const found = [lastBlock, pools, pooling, activation]
    .map((it) => typeof it === "string" ? it : it.value).join(", ");
  assertArgument(
    found === "Mixed_7c, padding-counted, mean, softmax",
    "write a trained network as its last block, pools, pooling and activation must be those that it was trained with: quantizeNetwork() and writeNetwork() keep others",
    found,
  );
}

/** Converts `[taps, inputs, outputs]` to `[outputs, inputs, taps]`. */
function toTorch(
  kernel: Float32Array,
  inputs: number,
  outputs: number,
): Float32Array {
  const weight = transpose(kernel, outputs);
  const size = kernel.length / outputs;
  for (let at = 0; at < weight.length; at += size) {
    const filter = weight.subarray(at, at + size);
    filter.set(transpose(filter, inputs));
  }
  return weight;
}
