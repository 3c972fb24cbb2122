import type { LayerWeights } from "../../model/mod.ts";
import { foldBatchNorm } from "../fold_batch_norm.ts";
import type { ImportedLayer, ImportedScaling } from "./imported.ts";
import { channelScaling } from "./scaling.ts";

/** A layer's weights, with the scalings of its input and its result folded in. */
export function foldLayer(
  name: string,
  { kernel, bias, before = [], after = [] }: ImportedLayer,
): LayerWeights {
  const outputs = kernel.shape.at(-1)!;
  let weights: LayerWeights = {
    kernel: kernel.read(),
    bias: bias?.read() ?? new Float32Array(outputs),
  };
  if (before.length > 0) foldBefore(name, weights, before);
  for (const scaling of after) weights = foldAfter(name, weights, scaling);
  return weights;
}

/** Folds scalings of a dense layer's input into its weights, in place. */
function foldBefore(
  name: string,
  { kernel, bias }: LayerWeights,
  scalings: readonly ImportedScaling[],
): void {
  const outputs = bias.length;
  const inputs = kernel.length / outputs;
  const { scale, offset } = channelScaling(name, scalings, inputs);
  const sums = Float64Array.from(bias);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) {
      const at = i * outputs + o;
      sums[o]! += kernel[at]! * offset[i]!;
      kernel[at]! *= scale[i]!;
    }
  }
  bias.set(sums);
}

/** Folds a scaling of a layer's result into its weights. */
function foldAfter(
  name: string,
  weights: LayerWeights,
  scaling: ImportedScaling,
): LayerWeights {
  if (scaling.op === "batchNorm") {
    const { gamma, beta, mean, variance, epsilon } = scaling;
    return foldBatchNorm(name, weights, {
      gamma: gamma?.read(),
      beta: beta?.read(),
      mean: mean.read(),
      variance: variance.read(),
      epsilon,
    });
  }
  const { kernel, bias, statistics } = weights;
  const outputs = bias.length;
  const { scale, offset } = channelScaling(name, [scaling], outputs);
  for (let i = 0; i < kernel.length; i++) kernel[i]! *= scale[i % outputs]!;
  for (let o = 0; o < outputs; o++) {
    bias[o] = bias[o]! * scale[o]! + offset[o]!;
  }
  return statistics === undefined ? weights : {
    kernel,
    bias,
    statistics: {
      mean: statistics.mean.map((it, o) => it * scale[o]! + offset[o]!),
      standardDeviation: statistics.standardDeviation.map((it, o) =>
        it * Math.abs(scale[o]!)
      ),
    },
  };
}
