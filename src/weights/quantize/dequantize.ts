import { ArgumentError } from "../../errors.ts";
import {
  type ConvNode,
  type Graph,
  inferShapes,
  isWeighted,
  type LayerWeights,
  type QuantizedLayer,
  type QuantizedNetwork,
  type WeightedNode,
} from "../../model/mod.ts";
import { networkGraph } from "../../model/network_graph.ts";
import { channelAbsMax } from "../../model/abs_max.ts";
import { type ConvExtents, convExtents, forEachPacked } from "./pack.ts";

/** A quantized network that also returns its weights in f32, for f32 backends. */
export function withFloatWeights(
  network: Omit<QuantizedNetwork, "weights">,
): QuantizedNetwork {
  let inputs:
    | ReturnType<typeof convInputs> & { readonly graph: Graph }
    | undefined;
  return {
    ...network,
    weights(name) {
      if (inputs === undefined) {
        const graph = networkGraph(network);
        inputs = { graph, ...convInputs(graph, network.absMax) };
      }
      const node = weightedNode(inputs.graph, name);
      const layer = network.quantized(name);
      return node.op === "dense" ? dequantizeDense(layer) : dequantizeConv(
        layer,
        inputs.extents(node),
        inputs.inputRanges.get(node.input)!,
      );
    },
  };
}

/** The ranges and extents of the inputs of a network's convolutions. */
export function convInputs(graph: Graph, range: (name: string) => number) {
  const shapes = inferShapes(graph);
  return {
    inputRanges: channelAbsMax(graph, range),
    extents: (node: ConvNode) => convExtents(node, shapes.get(node.input)!),
  };
}

export function weightedNode(graph: Graph, name: string): WeightedNode {
  const node = graph.nodes.find((node) => node.name === name);
  return node && isWeighted(node) ? node : refuse(name, "weights");
}

export function refuse(name: string, what: string): never {
  throw new ArgumentError(`Cannot give the ${what} of "${name}": it has none`);
}

/** The f32 weights of a quantized convolution. */
export function dequantizeConv(
  { weight, scale, bias }: QuantizedLayer,
  extents: ConvExtents,
  ranges: ArrayLike<number>,
): LayerWeights {
  const { kernelHeight, kernelWidth, inputs, outputs } = extents;
  const kernel = new Float32Array(
    kernelHeight * kernelWidth * inputs * outputs,
  );
  forEachPacked(extents, (plain, packed, input, output) => {
    kernel[plain] = weight[packed]! * scale[output]! / ranges[input]!;
  });
  return { kernel, bias: Float32Array.from(bias) };
}

export function dequantizeDense(
  { weight, scale, bias }: QuantizedLayer,
): LayerWeights {
  const units = scale.length;
  const inputs = weight.length / units;
  const kernel = new Float32Array(weight.length);
  for (let unit = 0; unit < units; unit++) {
    for (let input = 0; input < inputs; input++) {
      kernel[input * units + unit] = weight[unit * inputs + input]! *
        scale[unit]!;
    }
  }
  return { kernel, bias: Float32Array.from(bias) };
}
