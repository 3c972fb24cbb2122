/**
 * Moves batch norm statistics that are already folded into the weights.
 *
 * @module
 */
import type { Tensor, Tensor4D, Tfjs } from "../backends/tfjs/types.ts";
import type { Pixels } from "../image/mod.ts";
import type { Graph, LayerWeights, Network } from "../model/mod.ts";
import { batchesOf } from "./image_batch.ts";
import {
  type Affine,
  CONCURRENCY,
  type LayerRunner,
  runLayers,
} from "./run_layers.ts";

/** A photo's RGBA pixels at two resolutions, each resized from the original. */
export interface ResizedPhoto {
  readonly full: Pixels["data"];
  readonly low: Pixels["data"];
}

/**
 * Moves the distributions of channels towards those of the same photos at full
 * resolution, layer by layer. In terms of unfolded batch norm, its statistics become
 * `(1 - momentum) * old + momentum * measured`. The old statistics are also measured,
 * rather than taken from training, so that what the few photos have in common isn't
 * mistaken for an effect of the resolution.
 *
 * @param momentum In [0, 1].
 * @returns The network with all of its convolutions changed.
 */
export async function moveDistributions(
  runner: LayerRunner,
  { full, low }: { readonly full: Graph; readonly low: Graph },
  network: Network,
  photos: readonly ResizedPhoto[],
  momentum: number,
): Promise<Network> {
  const { tf } = runner;
  const aims = new Map<string, readonly Distribution[]>();
  for (const batch of batchesOf(photos.map((it) => it.full), CONCURRENCY)) {
    await runLayers(runner, full, network, batch, (name, sums) => {
      aims.set(name, [...aims.get(name) ?? [], ...distributions(tf, sums)]);
      return null;
    });
  }
  const changes = new Map<string, Affine>();
  const images = photos.map((it) => it.low);
  // In one batch, as later layers depend on the distribution over all images.
  await runLayers(runner, low, network, images, (name, sums) => {
    const change = moveTowards(
      pool(distributions(tf, sums)),
      pool(aims.get(name)!),
      momentum,
    );
    changes.set(name, change);
    return change;
  });
  return {
    ...network,
    // Computed again by each call: together, they are as large as the network.
    weights(name) {
      const weights = network.weights(name);
      const change = changes.get(name);
      return change === undefined ? weights : withAffine(weights, change);
    },
  };
}

/** The distribution of each channel of a convolution, before its ReLU. */
export interface Distribution {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Added to variances, so that a constant channel doesn't change. */
const EPSILON = 1e-6;

/**
 * Moves channels from `found` towards `expected`, by the fraction `momentum`. Uses batch
 * norm's formula, with the expected distribution as beta and gamma.
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

/** Folds an affine map of a layer's output into its weights, in place. */
function withAffine(
  weights: LayerWeights,
  { factor, term }: Affine,
): LayerWeights {
  const { kernel, bias } = weights;
  const channels = bias.length;
  for (let i = 0; i < kernel.length; i += channels) {
    for (let c = 0; c < channels; c++) kernel[i + c]! *= factor[c]!;
  }
  for (let c = 0; c < channels; c++) {
    bias[c] = bias[c]! * factor[c]! + term[c]!;
  }
  return weights;
}

/** The distributions for each image. */
function distributions(
  tf: Tfjs,
  images: readonly Tensor4D[],
): readonly Distribution[] {
  return images.map((image) => {
    const { mean, variance } = tf.tidy(() => tf.moments(image, [0, 1, 2]));
    const read = (it: Tensor) => Float32Array.from(it.dataSync());
    const distribution = { mean: read(mean), variance: read(variance) };
    tf.dispose([mean, variance]);
    return distribution;
  });
}

/** The distribution over all images, which have the same size. */
function pool(images: readonly Distribution[]): Distribution {
  const sums = new Float64Array(images[0]!.mean.length);
  const squares = sums.slice();
  for (const { mean, variance } of images) {
    for (let c = 0; c < sums.length; c++) {
      sums[c]! += mean[c]!;
      squares[c]! += variance[c]! + mean[c]! ** 2;
    }
  }
  const { length } = images;
  return {
    mean: Float32Array.from(sums, (sum) => sum / length),
    variance: Float32Array.from(
      squares,
      (sum, c) => Math.max(0, sum / length - (sums[c]! / length) ** 2),
    ),
  };
}
