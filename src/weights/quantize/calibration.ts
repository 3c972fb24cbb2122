import type {
  CalibrationMetadata,
  ChannelStatistics,
} from "../../model/mod.ts";

/**
 * What quantizing needs to know of a network's activations: the range of each tensor
 * that is stored as codes, and the mean of each channel that a layer reads.
 */
export interface Calibration {
  /** How they were found. */
  readonly metadata: CalibrationMetadata;
  /** Ranges of the activations of convolutions and average pools. */
  readonly ranges: ReadonlyMap<string, number>;
  /** Means of the channels of all activations, and of the image in 0..255. */
  readonly means: ReadonlyMap<string, Float64Array>;
}

/**
 * The largest mean of a channel plus `deviations` standard deviations; at least 0, since
 * nothing below passes a ReLU.
 */
export function batchNormRange(
  { mean, standardDeviation }: ChannelStatistics,
  deviations: number,
): number {
  let range = 0;
  for (let c = 0; c < mean.length; c++) {
    range = Math.max(range, mean[c]! + deviations * standardDeviation[c]!);
  }
  return range;
}
