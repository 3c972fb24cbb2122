/**
 * Ranges of single channels. An activation has one range in a file. But a convolution
 * may multiply a channel by any factor above zero, as ReLU preserves such factors, if
 * the layers that read it divide their weights by that factor: the network computes the
 * same function, and a channel of small values uses all codes (arXiv 1906.04721,
 * section 4.1).
 *
 * Only channels of the first activations have factors. Photos show their largest
 * values, as many places of each photo are alike; for later activations they don't.
 *
 * @module
 */
import type { Graph } from "../../model/mod.ts";
import { firstActivations } from "../../model/first_activations.ts";
import type { Calibration } from "./calibrate_by_batch_norm.ts";

/** The largest factor: channels that are almost zero need no precision. */
export const MOST = 8;

/**
 * The factor of each channel of an activation, by node name: the square root of the
 * activation's range divided by the channel's. Channels of other nodes have the factor
 * 1.
 */
export function channelFactors(
  graph: Graph,
  { ranges, channelRanges }: Pick<Calibration, "ranges" | "channelRanges">,
): ReadonlyMap<string, Float32Array> {
  const factors = new Map<string, Float32Array>();
  for (const name of firstActivations(graph)) {
    const own = channelRanges?.get(name);
    if (own === undefined) continue;
    const range = ranges.get(name)!;
    // The root splits the loss between the codes of a channel and the weights that read
    // it: these shrink by the same factor, and share one scale with those of other
    // channels.
    const factor = (it: number) =>
      it > 0 ? Math.min(MOST, Math.max(1, Math.sqrt(range / it))) : 1;
    factors.set(name, Float32Array.from(own, factor));
  }
  return factors;
}
