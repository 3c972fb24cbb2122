import { ArgumentError } from "../../errors.ts";
import {
  type ConvNode,
  type Graph,
  inceptionV3,
  inferShapes,
  isWeighted,
  type QuantizedNetwork,
  type WeightedNode,
} from "../../model/mod.ts";
import { channelRanges } from "../../model/ranges.ts";
import { dequantizeConv, dequantizeDense } from "./dequantize_layer.ts";
import { extentsOf } from "./pack.ts";

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
export function layoutOf(graph: Graph, range: (name: string) => number) {
  const shapes = inferShapes(graph);
  return {
    inputRanges: channelRanges(graph, range),
    extents: (node: ConvNode) => extentsOf(node, shapes.get(node.input)!),
  };
}

/** The node of a name, which has weights. */
export function weightedNode(graph: Graph, name: string): WeightedNode {
  const node = graph.nodes.find((node) => node.name === name);
  return node && isWeighted(node) ? node : refuse(name, "weights");
}

/** @throws {ArgumentError} As it has none. */
export function refuse(name: string, what: string): never {
  throw new ArgumentError(`Cannot give the ${what} of "${name}": it has none`);
}
