import { assertGraph, nodeInputs } from "../../model/graph.ts";
import { assertNetwork } from "../../network_arguments.ts";
import { lastActivations } from "../../model/last_activations.ts";
import { CorruptWeightsError } from "../../errors.ts";
import {
  type CalibrationMetadata,
  type ChannelStatistics,
  type Graph,
  INPUT,
  type Network,
} from "../../model/mod.ts";

/**
 * Standard deviations between a channel's mean and the end of its range. Activations have
 * longer tails than a normal distribution.
 */
const DEVIATIONS = 8;

/**
 * The same for the convolution that reads the image. Images have no values far from
 * their mean, and rounding this activation loses the most.
 */
const DEVIATIONS_OF_FIRST = 6;

/** The same if features are maxima: then only the tails count. */
const DEVIATIONS_OF_MAXIMA = 16;

/**
 * The factor for ranges of the last activations. Features are means over pixels: rounding
 * errors average out, but clipping always makes values smaller.
 */
export const LAST_MARGIN = 1.4;

/** Assumed mean of a channel of photos. */
const GREY = 128;

/**
 * A calibration without images, from batch norm: before its ReLU, a channel has the mean
 * beta and the standard deviation gamma. It is assumed to be normally distributed
 * (arXiv 1906.04721, section 4.2).
 *
 * @throws {CorruptWeightsError} When a convolution has no batch norm.
 */
export function calibrateByBatchNorm(
  network: Network,
  graph: Graph,
): Calibration {
  assertNetwork("calibrate", network);
  assertGraph("calibrate", graph);
  const ranges = new Map<string, number>();
  const means = new Map([[INPUT, new Float64Array(3).fill(GREY)]]);
  /** The largest range among the parts of an activation. */
  const largest = new Map<string, number>();
  const maxima = readByMaxima(graph);
  const last = lastActivations(graph);
  for (const node of graph.nodes) {
    const { name } = node;
    switch (node.op) {
      case "conv": {
        const { statistics } = network.weights(name);
        if (statistics === undefined) {
          throw new CorruptWeightsError(
            `Cannot calibrate without images as "${name}" has no batch norm: give photos to set the ranges`,
          );
        }
        // If nothing passes the ReLU, any range will do.
        const deviations = maxima.has(name)
          ? DEVIATIONS_OF_MAXIMA
          : node.input === INPUT
          ? DEVIATIONS_OF_FIRST
          : DEVIATIONS;
        const margin = last.has(name) && maxima.size === 0 ? LAST_MARGIN : 1;
        const range = margin * batchNormRange(statistics, deviations) || 1;
        ranges.set(name, range);
        largest.set(name, range);
        means.set(name, rectifiedMeans(statistics));
        break;
      }
      case "concat":
        largest.set(
          name,
          Math.max(...node.inputs.map((it) => largest.get(it)!)),
        );
        means.set(
          name,
          Float64Array.from(node.inputs.flatMap((it) => [...means.get(it)!])),
        );
        break;
      case "avgPool":
        ranges.set(name, largest.get(node.input)!);
        // falls through
      case "maxPool":
        // A lower bound of the maximum's mean, which isn't known.
        largest.set(name, largest.get(node.input)!);
        means.set(name, means.get(node.input)!);
        break;
      default: // From here on activations are f32.
    }
  }
  return { metadata: { method: "batch-norm", images: 0 }, ranges, means };
}

/** The nodes whose values become features, if features are maxima. */
function readByMaxima({ nodes }: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of nodes.toReversed()) {
    const passesOn = found.has(node.name) &&
      (node.op === "concat" || node.op === "maxPool");
    if (passesOn || node.op === "globalMaxPool") {
      for (const name of nodeInputs(node)) found.add(name);
    }
  }
  return found;
}

/** The means of normal distributions after ReLU. */
function rectifiedMeans(
  { mean, standardDeviation }: ChannelStatistics,
): Float64Array<ArrayBuffer> {
  return Float64Array.from(mean, (mu, c) => {
    const sigma = standardDeviation[c]!;
    if (sigma === 0) return Math.max(0, mu);
    const z = mu / sigma;
    const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    return mu * normalDistribution(z) + sigma * density;
  });
}

/** The normal cumulative distribution at `z`, to 1e-7: Abramowitz and Stegun, 26.2.17. */
function normalDistribution(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * t *
    (0.319381530 + t * (-0.356563782 +
          t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}

/**
 * The statistics of a network's activations that quantizing needs: the range of each
 * tensor that is stored as codes, and the mean of each channel that a layer reads.
 */
export interface Calibration {
  /** How they were determined. */
  readonly metadata: CalibrationMetadata;
  /** Ranges of the activations of convolutions and average pools. */
  readonly ranges: ReadonlyMap<string, number>;
  /**
   * Ranges of convolution channels, if they are smaller than the activation's range:
   * each channel is scaled by a factor, which the next layers divide out. Only those of
   * `firstActivations()` are read.
   */
  readonly channelRanges?: ReadonlyMap<string, ArrayLike<number>> | undefined;
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
