import type { ChannelStatistics } from "../../model/mod.ts";

/**
 * The largest value among channels' means and so many deviations above them; at
 * least 0, as what is below doesn't pass a ReLU.
 */
export function batchNormRange(
  { mean, deviation }: ChannelStatistics,
  deviations: number,
): number {
  let range = 0;
  for (let c = 0; c < mean.length; c++) {
    range = Math.max(range, mean[c]! + deviations * deviation[c]!);
  }
  return range;
}
