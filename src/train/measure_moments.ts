import { yieldToEventLoop } from "../async/yield.ts";
import { onBackend } from "../backends/tfjs/session.ts";
import type { Tensor, Tensor4D, Tfjs } from "../backends/tfjs/types.ts";
import type { Graph } from "../model/mod.ts";
import { runForward } from "./forward.ts";
import type { Tensors } from "./parameters.ts";

/** The mean and the variance of each channel of a convolution's output. */
export interface ChannelMoments {
  /** One value per channel. */
  readonly mean: Float32Array<ArrayBuffer>;
  /** One value per channel. */
  readonly variance: Float32Array<ArrayBuffer>;
}

/**
 * Batch norm's statistics by node: the mean over the batches of their moments.
 *
 * They are measured after training. Moving averages would be of weights that have changed
 * since then, and never of the averaged weights.
 *
 * @param batches Create the images, `[images, height, width, channels]`.
 */
export async function measureMoments(
  tf: Tfjs,
  backend: string,
  graph: Graph,
  parameters: Tensors,
  batches: readonly (() => Tensor4D)[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, ChannelMoments>> {
  /** `[mean, variance]` by node, summed over the batches. */
  const sums = new Map<string, readonly [Float64Array, Float64Array]>();
  for (const images of batches) {
    await yieldToEventLoop(signal);
    const moments = new Map<string, readonly [Tensor, Tensor]>();
    onBackend(tf, backend, () =>
      tf.tidy(() =>
        runForward(
          tf,
          graph,
          parameters,
          images(),
          [graph.outputs.features],
          (node, { mean, variance }) =>
            moments.set(node, [tf.keep(mean), tf.keep(variance)]),
        )
      ).forEach((it) => it.dispose()));
    for (const [node, tensors] of moments) {
      const [{ size }] = tensors;
      const sum = sums.get(node) ??
        [new Float64Array(size), new Float64Array(size)];
      sums.set(node, sum);
      for (const [i, tensor] of tensors.entries()) {
        const values = await tensor.data();
        tensor.dispose();
        for (let c = 0; c < size; c++) sum[i]![c]! += values[c]!;
      }
    }
  }
  const share = (sum: Float64Array) =>
    Float32Array.from(sum, (it) => it / batches.length);
  return new Map(
    Array.from(sums, ([node, [mean, variance]]) => [node, {
      mean: share(mean),
      variance: share(variance),
    }]),
  );
}
