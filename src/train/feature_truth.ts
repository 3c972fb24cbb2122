/**
 * How true the features of a low resolution are to those of the full one.
 *
 * @module
 */
import type { Tensor4D } from "@tensorflow/tfjs-core";
import {
  execute,
  type Tfjs,
  type WeightTensors,
} from "../backends/tfjs/execute.ts";
import type { Graph, LayerWeights, Preprocessing } from "../model/mod.ts";
import { imageBatch } from "./image_batch.ts";
import type { ViewPair } from "./view_pair.ts";

/** A network at two resolutions. */
export interface TwoResolutions {
  readonly full: Graph;
  readonly low: Graph;
  /** Its own weights, which are those of both. */
  readonly weights: WeightTensors;
  readonly preprocessing: Preprocessing;
}

/** Layers that have other weights. */
export type Layers = ReadonlyMap<string, LayerWeights>;

/** The features of a view at the full resolution. */
export function fullFeatures(
  tf: Tfjs,
  { full, weights, preprocessing }: TwoResolutions,
  view: ViewPair,
): Float32Array {
  return featuresOf(tf, full, weights, view.full.data, preprocessing);
}

/**
 * The cosine between features and those of the same view at the low resolution.
 *
 * @param changed In the place of the network's own tensors.
 */
export function featureCosine(
  tf: Tfjs,
  { low, weights, preprocessing }: TwoResolutions,
  changed: WeightTensors,
  expected: Float32Array,
  view: Pick<ViewPair, "low">,
): number {
  const all = new Map([...weights, ...changed]);
  const found = featuresOf(tf, low, all, view.low.data, preprocessing);
  let product = 0;
  let squares = 0;
  let squaresFound = 0;
  for (let i = 0; i < found.length; i++) {
    product += expected[i]! * found[i]!;
    squares += expected[i]! ** 2;
    squaresFound += found[i]! ** 2;
  }
  // Features that are all zero are true to nothing.
  return product / (Math.sqrt(squares * squaresFound) || 1);
}

/** Layers as tensors of the shapes that the network's own have. */
export function layerTensors(
  tf: Tfjs,
  layers: Layers,
  own: WeightTensors,
): WeightTensors {
  return new Map(
    [...layers].map(([name, { kernel, bias }]) => [name, {
      kernel: tf.tensor(kernel, own.get(name)!.kernel.shape),
      bias: tf.tensor1d(bias),
    }]),
  );
}

/** Frees the memory of tensors. */
export function disposeWeights(weights: WeightTensors): void {
  for (const { kernel, bias } of weights.values()) {
    kernel.dispose();
    bias.dispose();
  }
}

function featuresOf(
  tf: Tfjs,
  graph: Graph,
  weights: WeightTensors,
  pixels: Uint8Array | Uint8ClampedArray,
  preprocessing: Preprocessing,
): Float32Array {
  const { features } = graph.outputs;
  return tf.tidy(() => {
    const image: Tensor4D = imageBatch(
      tf,
      [pixels],
      graph.input[0],
      preprocessing,
    );
    const result = execute(tf, graph, weights, image, features);
    return result.dataSync<"float32">().slice();
  });
}
