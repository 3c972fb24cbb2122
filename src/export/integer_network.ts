/**
 * A quantized network for runtimes that have one scale per tensor.
 *
 * Totem has one range per channel: concatenations join channels of different ranges,
 * and the weights that read them compensate. Other runtimes would have to requantize
 * such a tensor. So each activation is divided by its channel's range: all tensors
 * then represent 0..1, in steps of 1/255, whatever the ranges, and weights and codes
 * stay the same bytes.
 *
 * Totem's average pools change the range of a channel, which isn't possible there. So
 * a convolution that reads a pool is requantized for the ranges of the pool's input.
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

/** The value of a code of 1, in all activations and in the image. */
export const STEP = 1 / 255;

/** A convolution whose input and output are codes of 0..255. */
export interface IntegerConv {
  /** -127..127, as `[kernel height, kernel width, input channels, channels]`. */
  readonly kernel: Int8Array;
  /** The value of a weight of 1, per output channel. */
  readonly scales: Float32Array;
  /** In units of `scales * STEP`. */
  readonly bias: Int32Array;
}

/** The numbers of a network for another runtime. */
export interface IntegerNetwork {
  convolution(node: ConvNode): IntegerConv;
  /** The divisor of an activation's values, per channel. */
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
    // Caches the last one, as kernel, scales and bias are written separately.
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
