import { CorruptWeightsError } from "../../errors.ts";
import {
  type Graph,
  inferShapes,
  INPUT,
  type QuantizedNetwork,
} from "../../model/mod.ts";
import { networkGraph } from "../../model/network_graph.ts";
import { IMAGE_MAX } from "../../model/abs_max.ts";
import { elementCount } from "../../model/shapes.ts";
import { assertFinite, LARGEST } from "../assert_finite.ts";
import { type Extremes, extremes } from "../extremes.ts";

const LARGEST_WEIGHT = 127;
const LARGEST_CODE = 255;

/**
 * Checks that an int8 network has finite results in all backends for any image:
 * quotients and sums of finite scales and ranges can overflow. It looks at scales,
 * biases and ranges, and at weights only if these don't settle it.
 */
export function assertComputable(network: QuantizedNetwork): void {
  const graph = networkGraph(network);
  const shapes = inferShapes(graph);
  const ranges = rangeExtremes(graph, network.absMax);
  /** Upper bound of a feature, and then of a dense layer's result. */
  let most = 0;
  for (const node of graph.nodes) {
    const { name } = node;
    switch (node.op) {
      case "conv": {
        // The same computation as in `int8/tables.ts`, which turns sums into codes.
        const { scale, bias } = network.quantized(name);
        const absMax = network.absMax(name);
        const largestScale = largest(scale);
        assertBelow(name, largestScale / absMax);
        assertBelow(name, largest(bias) / absMax * LARGEST_CODE);
        // The weights of f32 backends. Most are far from overflowing.
        const { least } = ranges.get(node.input)!;
        if (!(LARGEST_WEIGHT * largestScale / least <= LARGEST)) {
          const { kernel } = network.weights(name);
          assertFinite(`the weights of "${name}"`, kernel);
        }
        break;
      }
      case "avgPool":
        assertBelow(
          name,
          ranges.get(node.input)!.most / network.absMax(name),
        );
        break;
      case "globalAvgPool":
      case "globalMaxPool":
      case "flatten":
        most = ranges.get(node.input)!.most;
        break;
      case "dense": {
        const { scale, bias } = network.quantized(name);
        const inputs = elementCount(shapes.get(node.input)!);
        most = LARGEST_WEIGHT * inputs * most * largest(scale) + largest(bias);
        assertBelow(name, most);
        break;
      }
      default: // Other nodes compute nothing larger.
    }
  }
}

function assertBelow(name: string, most: number): void {
  if (most <= LARGEST) return;
  throw new CorruptWeightsError(
    `Cannot use the layer "${name}" as its results must be below 2^64: with its scales, biases and ranges they are up to ${
      most.toPrecision(2)
    }`,
  );
}

/** The largest magnitude. */
function largest(values: Float32Array): number {
  const { least, most } = extremes(values);
  return Math.max(-least, most);
}

/**
 * The smallest and largest channel range of each activation, by node name: the extremes
 * of `channelAbsMax()`, without an array per activation.
 */
function rangeExtremes(
  graph: Graph,
  absMax: (name: string) => number,
): ReadonlyMap<string, Extremes> {
  const found = new Map<string, Extremes>();
  found.set(INPUT, { least: IMAGE_MAX, most: IMAGE_MAX });
  for (const node of graph.nodes) {
    const { name } = node;
    switch (node.op) {
      case "conv":
      case "avgPool":
        found.set(name, { least: absMax(name), most: absMax(name) });
        break;
      case "maxPool":
        found.set(name, found.get(node.input)!);
        break;
      case "concat": {
        const parts = node.inputs.map((it) => found.get(it)!);
        found.set(name, {
          least: Math.min(...parts.map((it) => it.least)),
          most: Math.max(...parts.map((it) => it.most)),
        });
        break;
      }
      default: // From here on activations are f32.
    }
  }
  return found;
}
