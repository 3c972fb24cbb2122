/**
 * Ranges of single channels. An activation has one range in a file. But a convolution may
 * multiply a channel by any factor above zero, as a ReLU keeps factors, if those that read
 * it divide their weights by the same: the network computes the same function, and a
 * channel of small values uses all codes (arXiv 1906.04721, section 4.1).
 *
 * Those of the first activations have factors. Photos show their largest values, as many
 * places of each photo are alike. Of later ones they don't.
 *
 * @module
 */
import type { Graph } from "../../model/mod.ts";
import { firstActivations } from "../../model/first_activations.ts";
import type { Calibration } from "./calibrate_by_batch_norm.ts";

/** The largest factor: channels that give next to nothing need no precision. */
export const MOST = 8;

/**
 * What each channel of an activation is multiplied by, by the name of its node: the root
 * of the activation's range over the channel's. Those of other nodes are multiplied by 1.
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
    // The root shares the loss between the codes of a channel and the weights that read
    // it: those get as much smaller, and have one scale with those of other channels.
    const factor = (it: number) =>
      it > 0 ? Math.min(MOST, Math.max(1, Math.sqrt(range / it))) : 1;
    factors.set(name, Float32Array.from(own, factor));
  }
  return factors;
}
