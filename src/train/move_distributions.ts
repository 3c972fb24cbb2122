/**
 * Batch norm's statistics for another resolution, though batch norm is folded.
 *
 * @module
 */
import type { Tensor4D } from "@tensorflow/tfjs-core";
import {
  execute,
  type Tfjs,
  type WeightTensors,
} from "../backends/tfjs/execute.ts";
import { onBackend } from "../backends/tfjs/session.ts";
import type { Graph, LayerWeights, Network } from "../model/mod.ts";
import {
  disposeWeights,
  type Layers,
  layerTensors,
  type TwoResolutions,
} from "./feature_truth.ts";
import { imageBatch } from "./image_batch.ts";
import { pickEvenly } from "./pick_evenly.ts";
import type { ViewPair } from "./view_pair.ts";

/** So many photos show how channels are distributed. */
const PHOTOS = 32;

/**
 * Moves the distributions of channels towards those that the same photos have at the
 * full resolution, each layer after those before it have moved. With batch norm apart,
 * its mean and variance would go towards those that are measured: `new = (1 -
 * momentum) * old + momentum * measured`. The old ones are measured as well, and not
 * the training's, so that what few photos have in common isn't taken for the
 * resolution's.
 *
 * @param fitted Layers that have other weights than the network's own, and keep them.
 * @param momentum In (0, 1].
 * @returns All other layers.
 */
export async function moveDistributions(
  tf: Tfjs,
  backend: string,
  { full, low, weights, preprocessing }: TwoResolutions,
  network: Network,
  fitted: Layers,
  photos: readonly (() => Promise<ViewPair>)[],
  momentum: number,
): Promise<Layers> {
  const lows: ViewPair["low"][] = [];
  const pooled = new Map<string, Pooled>();
  for (const photo of pickEvenly(photos, PHOTOS)) {
    const view = await photo();
    lows.push(view.low);
    onBackend(tf, backend, () =>
      tf.tidy(() => {
        const { data, width } = view.full;
        const image = imageBatch(tf, [data], width, preprocessing);
        runLinear(tf, full, weights, image, (name, distribution) => {
          addTo(pooled, name, distribution);
          return null;
        });
      }));
  }
  const changes = new Map<string, Affine>();
  onBackend(tf, backend, () => {
    const changed = layerTensors(tf, fitted, weights);
    tf.tidy(() => {
      const pixels = lows.map(({ data }) => data);
      const images = imageBatch(tf, pixels, low.input[0], preprocessing);
      const all = new Map([...weights, ...changed]);
      runLinear(tf, low, all, images, (name, found) => {
        if (fitted.has(name)) return null;
        const expected = distributionOf(pooled.get(name)!, lows.length);
        const change = moveTowards(found, expected, momentum);
        changes.set(name, change);
        return change;
      });
    });
    disposeWeights(changed);
  });
  return new Map(
    [...changes].map(([name, change]) => [
      name,
      withAffine(network.weights(name), change),
    ]),
  );
}

/** The mean and the variance of each channel of a convolution, before its ReLU. */
export interface Distribution {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** `factor * x + term`, a value a channel. */
export interface Affine {
  readonly factor: Float32Array;
  readonly term: Float32Array;
}

/** Variances are so much larger, so that a channel that is constant stays. */
const EPSILON = 1e-6;

/**
 * What brings channels a part of the way, `momentum`, to where they should be. It
 * is batch norm's arithmetic, with the distribution that it should have given in
 * the place of beta and gamma.
 */
export function moveTowards(
  found: Distribution,
  expected: Distribution,
  momentum: number,
): Affine {
  const factor = found.variance.map((variance, c) => {
    const ratio = (variance + EPSILON) / (expected.variance[c]! + EPSILON);
    return 1 / Math.sqrt(1 + momentum * (ratio - 1));
  });
  const term = found.mean.map((mean, c) => {
    const aim = expected.mean[c]!;
    return aim - factor[c]! * (aim + momentum * (mean - aim));
  });
  return { factor, term };
}

/** A layer followed by an affine map. */
function withAffine(
  { kernel, bias, ...rest }: LayerWeights,
  { factor, term }: Affine,
): LayerWeights {
  const channels = bias.length;
  return {
    ...rest,
    kernel: kernel.map((it, i) => it * factor[i % channels]!),
    bias: bias.map((it, c) => it * factor[c]! + term[c]!),
  };
}

/** Sums over images of each channel's mean and mean square. */
interface Pooled {
  readonly mean: Float64Array;
  readonly square: Float64Array;
}

function addTo(
  pooled: Map<string, Pooled>,
  name: string,
  { mean, variance }: Distribution,
): void {
  const sums = pooled.get(name) ?? {
    mean: new Float64Array(mean.length),
    square: new Float64Array(mean.length),
  };
  pooled.set(name, sums);
  for (let c = 0; c < mean.length; c++) {
    sums.mean[c]! += mean[c]!;
    sums.square[c]! += variance[c]! + mean[c]! ** 2;
  }
}

function distributionOf(sums: Pooled, images: number): Distribution {
  const mean = Float32Array.from(sums.mean, (it) => it / images);
  const variance = Float32Array.from(
    sums.square,
    (it, c) => Math.max(0, it / images - mean[c]! ** 2),
  );
  return { mean, variance };
}

/**
 * Runs a graph up to its features. `change` sees each convolution before its ReLU,
 * and may change it.
 */
function runLinear(
  tf: Tfjs,
  graph: Graph,
  weights: WeightTensors,
  images: Tensor4D,
  change: (node: string, found: Distribution) => Affine | null,
): void {
  const nodes = graph.nodes.map((node) =>
    node.op === "conv" ? { ...node, activation: "linear" as const } : node
  );
  const { features } = graph.outputs;
  const linear = { ...graph, nodes };
  execute(tf, linear, weights, images, features, (node, activation) => {
    if (node.op !== "conv") return activation;
    const { mean, variance } = tf.moments(activation, [0, 1, 2]);
    const affine = change(node.name, {
      mean: mean.dataSync<"float32">().slice(),
      variance: variance.dataSync<"float32">().slice(),
    });
    if (affine === null) return tf.relu(activation);
    const { factor, term } = affine;
    return tf.relu(tf.add(tf.mul(activation, factor), term));
  }).dispose();
}
