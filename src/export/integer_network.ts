/**
 * A quantized network for runtimes whose tensors have one scale each.
 *
 * Here a range belongs to a channel: concatenations put channels of different
 * ranges side by side, and the weights that read them make up for that. Elsewhere
 * such a tensor would have to be rounded anew. So each activation is divided by its
 * channel's range: all tensors then stand for 0..1, in steps of 1/255, whatever
 * ranges are beside each other, and weights and codes are the very same bytes.
 *
 * Average pools give other ranges than they read here, and can't there. So what
 * reads one has its weights rounded anew, for the ranges that the pool reads.
 *
 * @module
 */
import {
  type ConvNode,
  type Graph,
  inferShapes,
  type QuantizedNetwork,
} from "../model/mod.ts";
import { channelAbsMax } from "../model/abs_max.ts";
import { convExtents, forEachPacked } from "../weights/quantize/pack.ts";
import { lastOf } from "./layer_weights.ts";
import { quantizeConv } from "../weights/quantize/quantize_layer.ts";

/** What a code of 1 stands for, of all activations and of the image. */
export const STEP = 1 / 255;

/** A convolution that reads codes of 0..255 and gives such codes. */
export interface IntegerConv {
  /** -127..127, as `[kernel height, kernel width, input channels, channels]`. */
  readonly kernel: Int8Array;
  /** What a weight of 1 stands for, one value an output channel. */
  readonly scales: Float32Array;
  /** In steps of `scales * STEP`. */
  readonly bias: Int32Array;
}

/** The numbers of a network in another runtime. */
export interface IntegerNetwork {
  convolution(node: ConvNode): IntegerConv;
  /** What the codes of an activation are divided by, one value a channel. */
  ranges(name: string): Float32Array;
}

export function integerNetwork(
  network: QuantizedNetwork,
  graph: Graph,
): IntegerNetwork {
  const shapes = inferShapes(graph);
  const pools = new Set<string>();
  const nodes = graph.nodes.map((node) => {
    if (node.op !== "avgPool") return node;
    pools.add(node.name);
    return { ...node, op: "maxPool" } as const; // It keeps its input's ranges.
  });
  const ranges = channelAbsMax({ ...graph, nodes }, (it) => network.absMax(it));
  return {
    ranges: (name) => ranges.get(name)!,
    // The kernel, the scales and the bias are written one by one.
    convolution: lastOf((node: ConvNode) => {
      const { name, input, channels } = node;
      const extents = convExtents(node, shapes.get(input)!);
      const layer = pools.has(input)
        ? quantizeConv(
          network.weights(name),
          extents,
          ranges.get(input)!,
          new Float32Array(extents.inputs),
        )
        : network.quantized(name);
      const { kernelHeight, kernelWidth, inputs } = extents;
      const length = kernelHeight * kernelWidth * inputs * channels;
      const kernel = new Int8Array(length);
      forEachPacked(extents, (plain, packed) => {
        kernel[plain] = layer.weight[packed]!;
      });
      const range = network.absMax(name);
      return {
        kernel,
        scales: layer.scale.map((it) => it / range),
        bias: Int32Array.from(
          layer.bias,
          (it, i) => Math.round(it / layer.scale[i]! / STEP),
        ),
      };
    }),
  };
}
