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
  const smallestIn = once(smallest); // Several layers read one activation.
  /** Upper bound of a feature, and then of a dense layer's result. */
  let most = 0;
  for (const node of graph.nodes) {
    const { name } = node;
    switch (node.op) {
      case "conv": {
        // As `int8/tables.ts` turns sums into codes.
        const { scale, bias } = network.quantized(name);
        const absMax = network.absMax(name);
        const largestScale = largest(scale);
        assertBelow(name, largestScale / absMax);
        assertBelow(name, largest(bias) / absMax * LARGEST_CODE);
        // The weights of f32 backends. Most are far from it.
        const least = node.input === INPUT
          ? LARGEST_CODE
          : smallestIn(maxima.get(node.input)!);
        if (!(LARGEST_WEIGHT * largestScale / least <= LARGEST)) {
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

/**
 * The largest magnitude, NaN if one is NaN. Magnitudes are in the order of their bits,
 * and V8 allocates a float that it reads, but no whole number, before it has optimised
 * the loop.
 */
function largest(values: Float32Array): number {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let most = 0;
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude > most) most = magnitude;
  }
  return new Float32Array(Int32Array.of(most).buffer)[0]!;
}

function smallest(values: Float32Array): number {
  let least = Infinity;
  for (let i = 0; i < values.length; i++) least = Math.min(least, values[i]!);
  return least;
}

/** `compute` that does it once for each object. */
function once<T extends object>(
  compute: (it: T) => number,
): (it: T) => number {
  const known = new Map<T, number>();
  return (it) => {
    const value = known.get(it) ?? compute(it);
    known.set(it, value);
    return value;
  };
}
