import assert from "node:assert/strict";
import { samePadding } from "../../../src/model/shapes.ts";
import type {
  ForeignGraph,
  ForeignNode,
  ForeignPadding,
  ForeignTensor,
} from "../../../src/weights/foreign/graph.ts";
import { filled } from "../../filled.ts";

/** Values as `[height, width, channels]`; vectors have a height and width of 1. */
interface Values {
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly values: Float64Array;
}

/** A graph's output for an image of RGBA bytes, in double precision. */
export function evaluateGraph(
  graph: ForeignGraph,
  pixels: Uint8Array,
  side: number,
): Float64Array {
  const known = new Map<string, Values>();
  const valuesAt = (key: string): Values => {
    const found = known.get(key) ?? compute(graph.nodes.get(key)!);
    known.set(key, found);
    return found;
  };
  const compute = (node: ForeignNode): Values => {
    switch (node.op) {
      case "input": {
        const { scale, offset } = graph.fed;
        const values = filled(
          Float64Array,
          side * side * 3,
          (i) =>
            pixels[Math.floor(i / 3) * 4 + i % 3]! * scale[i % 3]! +
            offset[i % 3]!,
        );
        return { shape: [side, side, 3], values };
      }
      case "conv":
        return convolve(valuesAt(node.input), node);
      case "pool":
        return pool(valuesAt(node.input), node);
      case "affine":
        return perChannel(
          valuesAt(node.input),
          valuesIn(node.scale, 1),
          valuesIn(node.offset, 0),
        );
      case "batchNorm": {
        const variance = node.variance.read();
        const gamma = valuesIn(node.gamma, 1);
        const beta = valuesIn(node.beta, 0);
        const mean = node.mean.read();
        const scale = [...variance].map((it, c) =>
          gamma[c % gamma.length]! / Math.sqrt(it + node.epsilon)
        );
        const offset = scale.map((it, c) =>
          beta[c % beta.length]! - mean[c]! * it
        );
        return perChannel(valuesAt(node.input), scale, offset);
      }
      case "globalPool": {
        const { shape: [height, width, channels], values } = valuesAt(
          node.input,
        );
        const pixels = height * width;
        return {
          shape: [1, 1, channels],
          values: filled(Float64Array, channels, (c) => {
            const all = Array.from(
              { length: pixels },
              (_, i) => values[i * channels + c]!,
            );
            return node.kind === "max"
              ? Math.max(...all)
              : all.reduce((a, b) => a + b) / pixels;
          }),
        };
      }
      case "concat": {
        const parts = node.inputs.map(valuesAt);
        const [height, width] = parts[0]!.shape;
        const channels = parts.reduce((sum, it) => sum + it.shape[2], 0);
        const values = new Float64Array(height * width * channels);
        for (let pixel = 0; pixel < height * width; pixel++) {
          let at = pixel * channels;
          for (const { shape, values: own } of parts) {
            assert.deepEqual(shape.slice(0, 2), [height, width]);
            values.set(
              own.subarray(pixel * shape[2], (pixel + 1) * shape[2]),
              at,
            );
            at += shape[2];
          }
        }
        return { shape: [height, width, channels], values };
      }
      case "flatten": {
        const { shape: [height, width, channels], values } = valuesAt(
          node.input,
        );
        const pixels = height * width;
        const flat = node.order === "height-width-channel"
          ? values
          : values.map((_, i) =>
            values[i % pixels * channels + Math.floor(i / pixels)]!
          );
        return { shape: [1, 1, flat.length], values: flat };
      }
      case "dense": {
        const { values } = valuesAt(node.input);
        const kernel = node.kernel.read();
        const units = node.kernel.shape[1]!;
        assert.equal(values.length, node.kernel.shape[0]);
        const bias = valuesIn(node.bias, 0);
        return {
          shape: [1, 1, units],
          values: filled(Float64Array, units, (unit) =>
            values.reduce(
              (sum, it, i) => sum + it * kernel[i * units + unit]!,
              bias[unit % bias.length]!,
            )),
        };
      }
      case "activation": {
        const { shape, values } = valuesAt(node.input);
        return { shape, values: activate(node.activation, values) };
      }
      case "identity":
        return valuesAt(node.input);
      case "other":
        throw new Error(`cannot compute ${node.what}`);
    }
  };
  return valuesAt(graph.output).values;
}

function activate(name: string, values: Float64Array): Float64Array {
  switch (name) {
    case "linear":
      return values;
    case "relu":
      return values.map((it) => Math.max(0, it));
    case "tanh":
      return values.map(Math.tanh);
    case "sigmoid":
      return values.map((it) => 1 / (1 + Math.exp(-it)));
    case "softmax": {
      const most = Math.max(...values);
      const powers = values.map((it) => Math.exp(it - most));
      const sum = powers.reduce((a, b) => a + b);
      return powers.map((it) => it / sum);
    }
  }
  throw new Error(`cannot compute ${name}`);
}

function valuesIn(
  tensor: ForeignTensor | undefined,
  otherwise: number,
): ArrayLike<number> {
  return tensor?.read() ?? [otherwise];
}

function perChannel(
  { shape, values }: Values,
  scale: ArrayLike<number>,
  offset: ArrayLike<number>,
): Values {
  const scaled = values.map((it, i) => {
    const c = i % shape[2];
    return it * scale[c % scale.length]! + offset[c % offset.length]!;
  });
  return { shape, values: scaled };
}

interface Window {
  readonly stride: readonly [number, number];
  readonly padding: ForeignPadding;
}

/** Calls `visit` for each window with its pixels inside the image, and their taps. */
function slide(
  { shape: [height, width] }: Values,
  [kernelHeight, kernelWidth]: readonly [number, number],
  { stride, padding }: Window,
  visit: (
    pixel: number,
    at: readonly number[],
    taps: readonly number[],
  ) => void,
): [height: number, width: number] {
  const sides = (axis: 0 | 1, length: number, window: number) => {
    if (padding === "valid") return [0, 0];
    if (padding === "same") return samePadding(length, window, stride[axis]);
    return [padding[axis]!, padding[axis + 2]!];
  };
  const [top = 0, bottom = 0] = sides(0, height, kernelHeight);
  const [left = 0, right = 0] = sides(1, width, kernelWidth);
  const rows = Math.floor(
    (height + top + bottom - kernelHeight) / stride[0],
  ) + 1;
  const columns = Math.floor((width + left + right - kernelWidth) / stride[1]) +
    1;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at: number[] = [];
      const taps: number[] = [];
      for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
        const row = y * stride[0] - top + Math.floor(tap / kernelWidth);
        const column = x * stride[1] - left + tap % kernelWidth;
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        at.push(row * width + column);
        taps.push(tap);
      }
      visit(y * columns + x, at, taps);
    }
  }
  return [rows, columns];
}

function convolve(
  input: Values,
  node: Window & {
    readonly kernel: ForeignTensor;
    readonly bias?: ForeignTensor | undefined;
  },
): Values {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = node.kernel.shape;
  assert.equal(input.shape[2], inputs);
  const kernel = node.kernel.read();
  const bias = valuesIn(node.bias, 0);
  const values: number[] = [];
  const grid = slide(input, [height, width], node, (pixel, at, taps) => {
    for (let o = 0; o < outputs; o++) {
      let sum = bias[o % bias.length]!;
      for (const [n, from] of at.entries()) {
        for (let i = 0; i < inputs; i++) {
          sum += input.values[from * inputs + i]! *
            kernel[(taps[n]! * inputs + i) * outputs + o]!;
        }
      }
      values[pixel * outputs + o] = sum;
    }
  });
  return { shape: [...grid, outputs], values: Float64Array.from(values) };
}

function pool(
  input: Values,
  node: Window & {
    readonly kind: "mean" | "max";
    readonly size: readonly [number, number];
    readonly countIncludePad?: boolean | undefined;
  },
): Values {
  const channels = input.shape[2];
  const values: number[] = [];
  const grid = slide(input, node.size, node, (pixel, at) => {
    const count = node.countIncludePad
      ? node.size[0] * node.size[1]
      : at.length;
    for (let c = 0; c < channels; c++) {
      const own = at.map((it) => input.values[it * channels + c]!);
      values[pixel * channels + c] = node.kind === "max"
        ? Math.max(...own)
        : own.reduce((a, b) => a + b, 0) / count;
    }
  });
  return { shape: [...grid, channels], values: Float64Array.from(values) };
}
