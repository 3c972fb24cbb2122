import type { MomentsObserver } from "./forward.ts";

/** The mean and the variance of each channel of a convolution's results. */
export interface ChannelMoments {
  /** One value a channel. */
  readonly mean: Float32Array<ArrayBuffer>;
  /** One value a channel. */
  readonly variance: Float32Array<ArrayBuffer>;
}

/**
 * Batch norm's statistics: the means of the moments of many batches, by node.
 *
 * Moving averages would be of weights that are no more, and those of the averaged
 * weights would never have been: so they are measured when training is done.
 *
 * @param run Runs a batch, and shows its moments.
 */
export async function measureMoments<Batch>(
  batches: readonly Batch[],
  run: (batch: Batch, onMoments: MomentsObserver) => Promise<void>,
): Promise<ReadonlyMap<string, ChannelMoments>> {
  const sums = new Map<
    string,
    { mean: Float64Array; variance: Float64Array }
  >();
  for (const batch of batches) {
    await run(batch, (node, { mean, variance }) => {
      const channels = mean.size;
      const sum = sums.get(node) ?? {
        mean: new Float64Array(channels),
        variance: new Float64Array(channels),
      };
      sums.set(node, sum);
      add(sum.mean, mean.dataSync<"float32">());
      add(sum.variance, variance.dataSync<"float32">());
    });
  }
  const share = (sum: Float64Array) =>
    Float32Array.from(sum, (it) => it / batches.length);
  return new Map(
    [...sums].map(([node, { mean, variance }]) => [
      node,
      { mean: share(mean), variance: share(variance) },
    ]),
  );
}

function add(sum: Float64Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
}
