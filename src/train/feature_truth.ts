/**
 * How true the features of a low resolution are to those of the full one.
 *
 * @module
 */
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
  /** Its own weights, which are those of both, on a tfjs backend. */
  readonly weights: WeightTensors;
  readonly preprocessing: Preprocessing;
}

/** Layers that have other weights than the network's own. */
export type Layers = ReadonlyMap<string, LayerWeights>;

/** A view at the low resolution, and what its features should be. */
export interface ExpectedFeatures extends Pick<ViewPair, "low"> {
  readonly features: Float32Array;
}

/** What the features of a view should be: those of the full resolution. */
export function expectFeatures(
  tf: Tfjs,
  { full, weights, preprocessing }: TwoResolutions,
  view: ViewPair,
): ExpectedFeatures {
  const { data } = view.full;
  const features = featuresOf(tf, full, weights, data, preprocessing);
  return { low: view.low, features };
}

/**
 * The cosine between features and what they should be.
 *
 * @param changed In the place of the network's own tensors.
 */
export function featureCosine(
  tf: Tfjs,
  { low, weights, preprocessing }: TwoResolutions,
  changed: WeightTensors,
  { low: { data }, features: expected }: ExpectedFeatures,
): number {
  const all = new Map([...weights, ...changed]);
  const found = featuresOf(tf, low, all, data, preprocessing);
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

/** Layers as tensors, of the shapes that the network's own have. */
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
  const { input: [side], outputs: { features } } = graph;
  return tf.tidy(() => {
    const image = imageBatch(tf, [pixels], side, preprocessing);
    const result = execute(tf, graph, weights, image, features);
    return result.dataSync<"float32">().slice();
  });
}
