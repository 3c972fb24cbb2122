/**
 * A classifier on a network's features: the only part that learns when new
 * classes are taught.
 *
 * @module
 */
import type { Tensor1D, Tensor2D } from "../backends/tfjs/types.ts";
import type { Tfjs } from "../backends/tfjs/execute.ts";
import type { LayerWeights } from "../model/mod.ts";
import { dense } from "./layers/dense.ts";
import { dropout } from "./layers/dropout.ts";
import type { Tensors } from "./parameters.ts";
import { type Random, truncatedNormal } from "./random.ts";

/** The layers of a classifier, without their numbers. */
export interface HeadShape {
  /** The number of features: 2048 of the whole network. */
  readonly inputs: number;
  /** Units of a hidden layer with ReLU; none for a linear classifier. */
  readonly hiddenUnits: readonly number[];
  /** The number of classes. */
  readonly classes: number;
}

/** What is left out while training. */
export interface Dropout {
  /** The part of what the last layer reads, in [0, 1). */
  readonly rate: number;
  /** Decides which. */
  readonly random: Random;
}

/** The deviation of a last layer's first weights: its answers begin alike. */
const LAST_DEVIATION = 0.01;

/** The graph's names of a head's layers, from the features to the logits. */
export function headLayers({ hiddenUnits }: HeadShape): readonly string[] {
  return [...hiddenUnits.map((_, i) => `Logits/hidden_${i + 1}`), "Logits"];
}

/** A head that has learnt nothing yet: `NAME.kernel` and `NAME.bias`. */
export function createHead(
  tf: Tfjs,
  shape: HeadShape,
  random: Random,
): Tensors {
  const names = headLayers(shape);
  const tensors = new Map();
  let inputs = shape.inputs;
  for (const [i, units] of [...shape.hiddenUnits, shape.classes].entries()) {
    const deviation = i < shape.hiddenUnits.length
      ? Math.sqrt(2 / inputs) // Keeps the variance through a ReLU (arXiv 1502.01852).
      : LAST_DEVIATION;
    const kernel = truncatedNormal(inputs * units, deviation, random);
    tensors.set(`${names[i]}.kernel`, tf.tensor2d(kernel, [inputs, units]));
    tensors.set(`${names[i]}.bias`, tf.zeros([units]));
    inputs = units;
  }
  return tensors;
}

/**
 * The logits `[images, classes]` of features `[images, inputs]`.
 *
 * @param dropped What is left out; nothing unless given.
 */
export function runHead(
  tf: Tfjs,
  shape: HeadShape,
  head: Tensors,
  features: Tensor2D,
  dropped?: Dropout,
): Tensor2D {
  let x = features;
  for (const name of headLayers(shape)) {
    const last = name === "Logits";
    if (last && dropped) x = dropout(tf, x, dropped.rate, dropped.random);
    const kernel = head.get(`${name}.kernel`) as Tensor2D;
    const bias = head.get(`${name}.bias`) as Tensor1D;
    x = dense(tf, x, kernel, bias, last ? "linear" : "relu");
  }
  return x;
}

/** A head's numbers, read from the backend. */
export function weightsOf(
  shape: HeadShape,
  head: Tensors,
): ReadonlyMap<string, LayerWeights> {
  const read = (name: string) => Float32Array.from(head.get(name)!.dataSync());
  return new Map(
    headLayers(shape).map((name) => [name, {
      kernel: read(`${name}.kernel`),
      bias: read(`${name}.bias`),
    }]),
  );
}

/** The head of such numbers, on the active backend. */
export function headOf(
  tf: Tfjs,
  layers: ReadonlyMap<string, LayerWeights>,
): Tensors {
  const tensors = new Map();
  for (const [name, { kernel, bias }] of layers) {
    const shape = [kernel.length / bias.length, bias.length] as const;
    tensors.set(`${name}.kernel`, tf.tensor2d(kernel, [...shape]));
    tensors.set(`${name}.bias`, tf.tensor1d(bias));
  }
  return tensors;
}
