import type { Tensor } from "../backends/tfjs/types.ts";
import type { Moments } from "./layers/normalize.ts";

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
 * @param run Gives the moments of a batch, by node; they are disposed here.
 */
export async function measureMoments<Batch>(
  batches: readonly Batch[],
  run: (batch: Batch) => Promise<ReadonlyMap<string, Moments>>,
): Promise<ReadonlyMap<string, ChannelMoments>> {
  const sums = new Map<
    string,
    { mean: Float64Array; variance: Float64Array }
  >();
  for (const batch of batches) {
    for (const [node, { mean, variance }] of await run(batch)) {
      const channels = mean.size;
      const sum = sums.get(node) ?? {
        mean: new Float64Array(channels),
        variance: new Float64Array(channels),
      };
      sums.set(node, sum);
      await add(sum.mean, mean);
      await add(sum.variance, variance);
    }
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

async function add(sum: Float64Array, moment: Tensor): Promise<void> {
  const values = await moment.data();
  moment.dispose();
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
}
