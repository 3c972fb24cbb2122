import { CorruptWeightsError } from "../../errors.ts";
import { inferShapes, INPUT, type QuantizedNetwork } from "../../model/mod.ts";
import { networkGraph } from "../../model/network_graph.ts";
import { channelAbsMax } from "../../model/abs_max.ts";
import { elementCount } from "../../model/shapes.ts";
import { assertFinite, LARGEST } from "../assert_finite.ts";

const LARGEST_WEIGHT = 127;
const LARGEST_CODE = 255;

/**
 * Checks that an int8 network gives finite numbers in all backends, whatever the image:
 * finite scales and ranges can have quotients and sums that aren't. It looks at scales,
 * biases and ranges, and at weights only if these don't settle it.
 */
export function assertComputable(network: QuantizedNetwork): void {
  const graph = networkGraph(network);
  const shapes = inferShapes(graph);
  const maxima = channelAbsMax(graph, network.absMax);
  /** Upper bound of a feature, and then of a dense layer's result. */
  let most = 0;
  for (const node of graph.nodes) {
    const { name } = node;
    switch (node.op) {
      case "conv": {
        // As `int8/tables.ts` turns sums into codes.
        const { scale, bias } = network.quantized(name);
        const absMax = network.absMax(name);
        assertBelow(name, largest(scale) / absMax);
        assertBelow(name, largest(bias) / absMax * LARGEST_CODE);
        // The weights of f32 backends. Most are far from it.
        const least = node.input === INPUT
          ? LARGEST_CODE
          : smallest(maxima.get(node.input)!);
        if (!(LARGEST_WEIGHT * largest(scale) / least <= LARGEST)) {
          const { kernel } = network.weights(name);
          assertFinite(`the weights of "${name}"`, kernel);
        }
        break;
      }
      case "avgPool":
        assertBelow(
          name,
          largest(maxima.get(node.input)!) / network.absMax(name),
        );
        break;
      case "globalAvgPool":
      case "globalMaxPool":
      case "flatten":
        most = largest(maxima.get(node.input)!);
        break;
      case "dense": {
        const { scale, bias } = network.quantized(name);
        const inputs = elementCount(shapes.get(node.input)!);
        most = LARGEST_WEIGHT * inputs * most * largest(scale) + largest(bias);
        assertBelow(name, most);
        break;
      }
      default: // Nothing larger is computed.
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

function largest(values: Float32Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    most = Math.max(most, Math.abs(values[i]!));
  }
  return most;
}

function smallest(values: Float32Array): number {
  let least = Infinity;
  for (let i = 0; i < values.length; i++) least = Math.min(least, values[i]!);
  return least;
}
