/**
 * The reference for all backends: a network in plain scalar code. Activations are
 * `[height, width, channels]`, in double precision.
 */
import {
  type Graph,
  inferShapes,
  INPUT,
  type Network,
  type Node,
  nodeInputs,
  type Shape,
} from "../src/model/mod.ts";
import { samePadding } from "../src/model/shapes.ts";
import { filled } from "./filled.ts";

interface Activation {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** Computes the activations of all nodes, by name, for an image of RGBA bytes. */
export function evaluate(
  network: Network,
  graph: Graph,
  pixels: Uint8Array,
): Map<string, Activation> {
  const shapes = inferShapes(graph);
  const activations = new Map([[INPUT, normalize(network, graph, pixels)]]);
  for (const node of graph.nodes) {
    const inputs = nodeInputs(node).map((name) => activations.get(name)!);
    const shape = shapes.get(node.name)!;
    const values = compute(network, node, inputs, shape);
    activations.set(node.name, { shape, values });
  }
  return activations;
}

function normalize(
  { preprocessing: { scale, offset } }: Network,
  { input }: Graph,
  pixels: Uint8Array,
): Activation {
  const values = filled(
    Float64Array,
    input[0] * input[1] * 3,
    (i) =>
      pixels[Math.floor(i / 3) * 4 + i % 3]! * scale[i % 3]! + offset[i % 3]!,
  );
  return { shape: input, values };
}

function compute(
  network: Network,
  node: Node,
  inputs: readonly Activation[],
  shape: Shape,
): Float64Array {
  const x = inputs[0]!;
  const [, , channels] = shape;
  switch (node.op) {
    case "conv": {
      const { kernel, bias } = network.weights(node.name);
      return windows(x, shape, node.kernel, node, (pixels, c) => {
        let sum = bias[c]!;
        for (const { at, tap } of pixels) {
          for (let i = 0; i < x.shape[2]; i++) {
            sum += x.values[at + i]! *
              kernel[(tap * x.shape[2] + i) * channels + c]!;
          }
        }
        return node.activation === "relu" ? Math.max(0, sum) : sum;
      });
    }
    case "maxPool":
      return windows(
        x,
        shape,
        [node.size, node.size],
        node,
        (pixels, c) => Math.max(...pixels.map(({ at }) => x.values[at + c]!)),
      );
    case "avgPool":
      return windows(x, shape, [node.size, node.size], node, (pixels, c) => {
        const sum = pixels.reduce((sum, { at }) => sum + x.values[at + c]!, 0);
        const count = node.countIncludePad ? node.size ** 2 : pixels.length;
        return sum / count;
      });
    case "concat":
      return filled(Float64Array, product(shape), (i) => {
        const pixel = Math.floor(i / channels);
        let c = i % channels;
        for (const { shape: [, , own], values } of inputs) {
          if (c < own) return values[pixel * own + c]!;
          c -= own;
        }
        throw new Error("unreachable");
      });
    case "globalAvgPool": {
      const pixels = x.shape[0] * x.shape[1];
      return filled(Float64Array, channels, (c) => {
        let sum = 0;
        for (let i = 0; i < pixels; i++) sum += x.values[i * channels + c]!;
        return sum / pixels;
      });
    }
    case "globalMaxPool": {
      const pixels = x.shape[0] * x.shape[1];
      return filled(Float64Array, channels, (c) => {
        let most = -Infinity;
        for (let i = 0; i < pixels; i++) {
          most = Math.max(most, x.values[i * channels + c]!);
        }
        return most;
      });
    }
    case "flatten":
      return x.values;
    case "dense": {
      const { kernel, bias } = network.weights(node.name);
      return filled(Float64Array, node.units, (unit) => {
        const sum = x.values.reduce(
          (sum, value, i) => sum + value * kernel[i * node.units + unit]!,
          bias[unit]!,
        );
        return node.activation === "relu" ? Math.max(0, sum) : sum;
      });
    }
    case "softmax": {
      const max = Math.max(...x.values);
      const exps = x.values.map((it) => Math.exp(it - max));
      const sum = exps.reduce((a, b) => a + b);
      return exps.map((it) => it / sum);
    }
    case "sigmoid":
      return x.values.map((it) => 1 / (1 + Math.exp(-it)));
  }
}

/** An input pixel covered by a window, and its position in the window. */
export interface Tap {
  /** The index of the pixel's first channel. */
  readonly at: number;
  readonly tap: number;
}

/** Calls `value` for every window and output channel. */
export function windows(
  { shape: [inHeight, inWidth, inChannels] }: { readonly shape: Shape },
  [height, width, channels]: Shape,
  [kernelHeight, kernelWidth]: readonly [number, number],
  { stride, padding }: { stride: number; padding: "valid" | "same" },
  value: (pixels: readonly Tap[], channel: number) => number,
): Float64Array {
  const same = padding === "same";
  const top = same ? samePadding(inHeight, kernelHeight, stride)[0] : 0;
  const left = same ? samePadding(inWidth, kernelWidth, stride)[0] : 0;
  const values = new Float64Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixels: Tap[] = [];
      for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
        const row = y * stride - top + Math.floor(tap / kernelWidth);
        const column = x * stride - left + tap % kernelWidth;
        if (row < 0 || row >= inHeight) continue;
        if (column < 0 || column >= inWidth) continue;
        pixels.push({ at: (row * inWidth + column) * inChannels, tap });
      }
      for (let c = 0; c < channels; c++) {
        values[(y * width + x) * channels + c] = value(pixels, c);
      }
    }
  }
  return values;
}

function product(shape: Shape): number {
  return shape[0] * shape[1] * shape[2];
}
