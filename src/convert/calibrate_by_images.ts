import { ArgumentError } from "../errors.ts";
import { type Graph, inferShapes, INPUT, type Network } from "../model/mod.ts";
import {
  batchNormRange,
  type Calibration,
  LAST_MARGIN,
} from "../weights/quantize/calibrate_by_batch_norm.ts";
import { firstActivations } from "../model/first_activations.ts";
import { lastActivations } from "../model/last_activations.ts";
import {
  type ActivationStatistics,
  addActivations,
  channelMeans,
  createStatistics,
} from "./activation_statistics.ts";
import { chooseRange } from "./choose_range.ts";

/**
 * The levels of 8 bits. With 7 bits, the range is the same, as the int8 weights depend on
 * it.
 */
const LEVELS = 255;

/**
 * The minimum range above the mean, in batch norm's standard deviations, since a dozen
 * images don't show the largest values.
 */
const DEVIATIONS = 6;

/** The factor between a channel's range and the largest value in images. */
const MARGIN = 1.05;

/** Calibrates with images and the network's batch norm statistics. */
export function calibrateByImages(network: Network, graph: Graph) {
  const statistics = new Map<string, ActivationStatistics>();
  let images = 0;
  const shapes = inferShapes(graph);
  const statisticsOf = (name: string) => {
    const known = statistics.get(name);
    if (known !== undefined) return known;
    const created = createStatistics(shapes.get(name)![2]);
    statistics.set(name, created);
    return created;
  };
  return {
    /** Starts an image: 8-bit RGBA, `[height, width, 4]`. */
    addImage(pixels: Uint8Array | Uint8ClampedArray): void {
      images++;
      const image = statisticsOf(INPUT);
      image.count += pixels.length / 4;
      for (let i = 0; i < pixels.length; i += 4) {
        for (let c = 0; c < 3; c++) image.sums[c]! += pixels[i + c]!;
      }
    },
    /**
     * Adds the activation of a convolution or a pool for that image,
     * `[height, width, channels]`. A concatenation is derived from its parts.
     */
    addActivation(name: string, values: Float32Array): void {
      addActivations(statisticsOf(name), values);
    },
    /** Computes the ranges and means after the last image. */
    finish(): Calibration {
      if (images === 0) {
        throw new ArgumentError(
          "Cannot calibrate on no images: if there are none, give null, and batch norm sets the ranges",
        );
      }
      const ranges = new Map<string, number>();
      const last = lastActivations(graph);
      for (const { op, name } of graph.nodes) {
        if (op !== "conv" && op !== "avgPool") continue;
        const range = chooseRange(statistics.get(name)!.histogram, LEVELS);
        const norm = op === "conv" ? network.weights(name).statistics : null;
        const least = norm ? batchNormRange(norm, DEVIATIONS) : 0;
        const margin = last.has(name) ? LAST_MARGIN : 1;
        ranges.set(name, margin * Math.max(range, least));
      }
      const channelRanges = new Map(
        [...firstActivations(graph)].map((name) => {
          const { largest } = statistics.get(name)!;
          return [name, largest.map((it) => MARGIN * it)];
        }),
      );
      const means = new Map(
        [...statistics].map(([name, it]) => [name, channelMeans(it)]),
      );
      for (const node of graph.nodes) {
        if (node.op !== "concat") continue;
        const parts = node.inputs.flatMap((name) => [...means.get(name)!]);
        means.set(node.name, Float64Array.from(parts));
      }
      const metadata = { method: "images", images } as const;
      return { metadata, ranges, channelRanges, means };
    },
  };
}
