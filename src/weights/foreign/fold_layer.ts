import type { LayerWeights } from "../../model/mod.ts";
import { foldBatchNorm } from "../fold_batch_norm.ts";
import type { ImportedLayer, ImportedScaling } from "./imported.ts";
import { channelScaling } from "./scaling.ts";

/** The weights of a layer, with all that scales its input and its result. */
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

/** Changes a dense layer in place, so that it takes what the scalings took. */
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

/** The layer that gives what the scaling gave of its result. */
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
