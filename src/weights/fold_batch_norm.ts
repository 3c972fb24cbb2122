import type { LayerWeights } from "../model/network.ts";
import { CorruptWeightsError } from "../errors.ts";
import { LARGEST } from "./assert_finite.ts";

/** The parameters of a batch norm, one value per channel. */
export interface BatchNorm {
  /** Learnt scale; 1 unless given. */
  readonly gamma?: Float32Array | undefined;
  /** Learnt offset; 0 unless given. */
  readonly beta?: Float32Array | undefined;
  /** Moving mean in training. */
  readonly mean: Float32Array;
  /** Moving variance in training. */
  readonly variance: Float32Array;
  /** Added to the variance before its square root is taken. */
  readonly epsilon: number;
}

/**
 * The convolution that equals `layer` followed by `norm` (arXiv 1502.03167,
 * section 3.1), in double precision:
 *
 * `gamma * (conv(x) + bias - mean) / sqrt(variance + epsilon) + beta`.
 *
 * `kernel` is scaled in place.
 */
export function foldBatchNorm(
  name: string,
  { kernel, bias }: LayerWeights,
  { gamma, beta, mean, variance, epsilon }: BatchNorm,
): LayerWeights {
  const channels = bias.length;
  const scale = batchNormScale(name, channels, { gamma, variance, epsilon });
  for (let c = 0; c < channels; c++) {
    bias[c] = (bias[c]! - mean[c]!) * scale[c]! + (beta?.[c] ?? 0);
  }
  for (let i = 0; i < kernel.length; i += channels) {
    for (let c = 0; c < channels; c++) kernel[i + c]! *= scale[c]!;
  }
  const statistics = {
    mean: beta ?? new Float32Array(channels),
    standardDeviation: gamma?.map(Math.abs) ??
      new Float32Array(channels).fill(1),
  };
  return { kernel, bias, statistics };
}

/** The factor of each channel: `gamma / sqrt(variance + epsilon)`. */
export function batchNormScale(
  name: string,
  channels: number,
  { gamma, variance, epsilon }: Pick<
    BatchNorm,
    "gamma" | "variance" | "epsilon"
  >,
): Float64Array {
  const scale = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const deviation = Math.sqrt(variance[c]! + epsilon);
    if (!(deviation > 0 && variance[c]! < LARGEST)) {
      throw new CorruptWeightsError(
        `Cannot fold the batch norm of "${name}" as its variance must be >= 0, and below 2^64: channel ${c} has ${
          variance[c]
        }`,
      );
    }
    scale[c] = (gamma?.[c] ?? 1) / deviation;
  }
  return scale;
}
