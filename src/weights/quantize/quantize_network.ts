import { expectArgument, expectNetwork } from "../../argument.ts";
import { ArgumentError } from "../../errors.ts";
import {
  type ConvNode,
  type Graph,
  inceptionV3,
  inferShapes,
  INPUT,
  isQuantized,
  isWeighted,
  type Network,
  type QuantizedNetwork,
  type WeightedNode,
} from "../../model/mod.ts";
import { channelRanges } from "../../model/ranges.ts";
import { expectFiniteLayer } from "../finite.ts";
import type { Calibration } from "./calibration.ts";
import { extentsOf } from "./pack.ts";
import {
  dequantizeConv,
  dequantizeDense,
  foldPreprocessing,
  quantizeConv,
  quantizeDense,
} from "./quantize_layer.ts";

/** The scaling of a quantized network, whose weights are for bytes. */
export const BYTES = { scale: [1, 1, 1], offset: [0, 0, 0] } as const;

/**
 * The network with int8 weights. Layers are quantized when they are asked for,
 * so that at most one is held in f32.
 *
 * @param provenance What a file says of its weights.
 * @throws {CorruptWeightsError} `quantized()` does, when a weight isn't finite.
 */
export function quantizeNetwork(
  network: Network,
  calibration: Calibration,
  provenance: Pick<QuantizedNetwork, "source" | "license">,
): QuantizedNetwork {
  expectNetwork("quantize a network", network);
  expectArgument(
    calibration?.ranges instanceof Map && calibration.means instanceof Map &&
      typeof calibration.facts === "object" && calibration.facts !== null,
    "quantize a network as the calibration must be what calibrateByBatchNorm() gives",
    calibration,
  );
  const { source, license } = provenance ?? {};
  for (const [name, text] of Object.entries({ source, license })) {
    expectArgument(
      typeof text === "string",
      `quantize a network as its ${name} must be a text`,
      text,
    );
  }
  const { facts, ranges, means } = calibration;
  // The auxiliary classifier is for training.
  const architecture = { ...network.architecture, auxiliary: false };
  const { scale, offset } = network.preprocessing;
  const graph = inceptionV3(architecture);
  // As a file has it, so that its network answers like this one, to the bit.
  const range = (name: string) =>
    Math.fround(ranges.get(name) ?? refuse(name, "range"));
  const { extents, inputRanges } = layoutOf(graph, range);
  const meansOf = (name: string): Float64Array => {
    const known = means.get(name);
    if (known !== undefined) return known;
    // low79 has no first pool: it was calibrated on what that would have read.
    const pool = graph.nodes.find((node) => node.name === name);
    return pool?.op === "maxPool" ? meansOf(pool.input) : refuse(name, "means");
  };
  return withFloatWeights({
    architecture,
    labels: network.labels,
    classIds: network.classIds,
    variant: network.variant,
    preprocessing: { ...network.preprocessing, ...BYTES },
    folded: isQuantized(network) ? network.folded : { scale, offset },
    origins: network.origins,
    calibration: facts,
    ...provenance,
    range,
    quantized(name) {
      const node = weightedNode(graph, name);
      const weights = network.weights(name);
      // Rounded, NaN would become some code.
      expectFiniteLayer(name, weights);
      if (node.op === "dense") return quantizeDense(weights);
      return quantizeConv(
        node.input === INPUT
          ? foldPreprocessing(weights, network.preprocessing)
          : weights,
        extents(node),
        inputRanges.get(node.input)!,
        meansOf(node.input),
      );
    },
  });
}

/**
 * A quantized network that gives the f32 weights which it stands for as well, so
 * that f32 backends run it.
 */
export function withFloatWeights(
  network: Omit<QuantizedNetwork, "weights">,
): QuantizedNetwork {
  const graph = inceptionV3(network.architecture);
  const { extents, inputRanges } = layoutOf(graph, network.range);
  return {
    ...network,
    weights(name) {
      const node = weightedNode(graph, name);
      const layer = network.quantized(name);
      return node.op === "dense" ? dequantizeDense(layer) : dequantizeConv(
        layer,
        extents(node),
        inputRanges.get(node.input)!,
      );
    },
  };
}

/** How a network's convolutions read their inputs. */
function layoutOf(graph: Graph, range: (name: string) => number) {
  const shapes = inferShapes(graph);
  return {
    inputRanges: channelRanges(graph, range),
    extents: (node: ConvNode) => extentsOf(node, shapes.get(node.input)!),
  };
}

function weightedNode(graph: Graph, name: string): WeightedNode {
  const node = graph.nodes.find((node) => node.name === name);
  return node && isWeighted(node) ? node : refuse(name, "weights");
}

function refuse(name: string, what: string): never {
  throw new ArgumentError(`Cannot give the ${what} of "${name}": it has none`);
}
