/**
 * A trainable classifier on a network's features. It is plain JavaScript, so that
 * training works wherever int8 runs.
 *
 * @module
 */
import type { LayerWeights } from "../model/mod.ts";
import { multiply, transpose } from "./matrix.ts";
import { type Random, truncatedNormal } from "./random.ts";

/** The sizes of a classifier's layers. */
export interface HeadShape {
  /** The number of features. */
  readonly inputs: number;
  /** The units of each hidden layer. */
  readonly hiddenUnits: readonly number[];
  readonly classes: number;
}

/** A dense layer. All but the last layer of a head are followed by a ReLU. */
export interface HeadLayer {
  /** `[units, inputs]`. */
  readonly kernel: Float32Array<ArrayBuffer>;
  /** One value per unit. */
  readonly bias: Float32Array<ArrayBuffer>;
}

/** Zeroes some inputs of the last layer during training. */
export interface Dropout {
  /** The fraction of inputs to zero, in [0, 1). */
  readonly rate: number;
  readonly random: Random;
}

/**
 * The standard deviation of a last layer's initial weights: small, so that its outputs
 * start out nearly equal.
 */
const LAST_DEVIATION = 0.01;

/** The head's layers as views into its parameters, in layer order. */
export function headLayers(
  { inputs, hiddenUnits, classes }: HeadShape,
  parameters: Float32Array<ArrayBuffer>,
): readonly HeadLayer[] {
  let at = 0;
  const take = (length: number) => parameters.subarray(at, at += length);
  return [...hiddenUnits, classes].map((units) => {
    const layer = { kernel: take(units * inputs), bias: take(units) };
    inputs = units;
    return layer;
  });
}

/** The initial parameters of a head. */
export function createHead(
  shape: HeadShape,
  random: Random,
): Float32Array<ArrayBuffer> {
  const widths = [shape.inputs, ...shape.hiddenUnits, shape.classes];
  const count = widths.slice(1)
    .reduce((sum, units, i) => sum + (widths[i]! + 1) * units, 0);
  const parameters = new Float32Array(count);
  const layers = headLayers(shape, parameters);
  for (const [i, { kernel, bias }] of layers.entries()) {
    const deviation = i < layers.length - 1
      // Preserves the variance through a ReLU (arXiv 1502.01852).
      ? Math.sqrt(2 / widths[i]!)
      : LAST_DEVIATION;
    const initial = truncatedNormal(kernel.length, deviation, random);
    kernel.set(transpose(initial, bias.length));
  }
  return parameters;
}

/** The logits `[rows, classes]` of features `[rows, inputs]`. */
export function headLogits(
  layers: readonly HeadLayer[],
  features: Float32Array,
): Float32Array {
  return runForward(layers, features).logits;
}

/**
 * Computes the gradients of a loss with respect to all parameters.
 *
 * @param features `[rows, inputs]`.
 * @param lossGradient Returns the loss's gradient with respect to the logits, both
 * `[rows, classes]`.
 * @param gradients Layers like the head's, which are overwritten.
 */
export function headGradients(
  layers: readonly HeadLayer[],
  features: Float32Array,
  dropout: Dropout,
  lossGradient: (logits: Float32Array) => Float32Array,
  gradients: readonly HeadLayer[],
): void {
  const { inputs, logits } = runForward(layers, features, dropout);
  let dy = lossGradient(logits);
  for (let i = layers.length - 1; i >= 0; i--) {
    const { kernel, bias } = layers[i]!;
    const x = inputs[i]!;
    const units = bias.length;
    const rows = dy.length / units;
    const width = x.length / rows;
    const byUnit = transpose(dy, units);
    multiply(byUnit, transpose(x, width), rows, gradients[i]!.kernel);
    for (let unit = 0; unit < units; unit++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += byUnit[unit * rows + row]!;
      gradients[i]!.bias[unit] = sum;
    }
    if (i === 0) return;
    const dx = new Float32Array(x.length);
    multiply(dy, transpose(kernel, width), units, dx);
    const scale = i === layers.length - 1 ? 1 / (1 - dropout.rate) : 1;
    for (let k = 0; k < dx.length; k++) {
      // A 0 was dropped, or clipped by the ReLU.
      dx[k]! *= x[k] === 0 ? 0 : scale;
    }
    dy = dx;
  }
}

/** The input of each layer, and the logits. */
function runForward(
  layers: readonly HeadLayer[],
  features: Float32Array,
  dropout?: Dropout,
): { readonly inputs: readonly Float32Array[]; readonly logits: Float32Array } {
  const inputs: Float32Array[] = [];
  let x = features;
  for (const [i, { kernel, bias }] of layers.entries()) {
    const isLast = i === layers.length - 1;
    if (isLast && dropout !== undefined) x = drop(x, dropout);
    inputs.push(x);
    const units = bias.length;
    const width = kernel.length / units;
    const y = new Float32Array(x.length / width * units);
    multiply(x, kernel, width, y);
    for (let k = 0; k < y.length; k++) {
      const sum = y[k]! + bias[k % units]!;
      y[k] = isLast ? sum : Math.max(0, sum);
    }
    x = y;
  }
  return { inputs, logits: x };
}

/** Zeroes some values, and scales the others to preserve their mean. */
function drop(x: Float32Array, { rate, random }: Dropout): Float32Array {
  if (rate === 0) return x;
  return x.map((value) => random() < rate ? 0 : value / (1 - rate));
}

/** Converts a head's layers to a network's, by name. */
export function toWeights(
  layers: readonly HeadLayer[],
): ReadonlyMap<string, LayerWeights> {
  return new Map(
    layers.map(({ kernel, bias }, i) => [
      i < layers.length - 1 ? `Logits/hidden_${i + 1}` : "Logits",
      {
        kernel: transpose(kernel, kernel.length / bias.length),
        bias: bias.slice(),
      },
    ]),
  );
}

/** Converts a network's layer to a head's. */
export function fromWeights({ kernel, bias }: LayerWeights): HeadLayer {
  return { kernel: transpose(kernel, bias.length), bias };
}
