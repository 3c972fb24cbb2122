import type { LayerWeights } from "../model/network.ts";

/**
 * Runs dense layers, all but the last with ReLU.
 *
 * @returns The logits, and the gradient of a class's logit with respect to the features.
 */
export function runHead(
  layers: readonly LayerWeights[],
  features: Float32Array,
) {
  const reached = [features];
  for (const [i, { kernel, bias }] of layers.entries()) {
    const values = bias.slice();
    const input = reached[i]!;
    for (let from = 0, at = 0; from < input.length; from++) {
      for (let to = 0; to < values.length; to++) {
        values[to]! += input[from]! * kernel[at++]!;
      }
    }
    const isLast = i === layers.length - 1;
    reached.push(isLast ? values : values.map((it) => Math.max(0, it)));
  }
  const logits = reached.at(-1)!;
  return {
    logits,
    gradient(classIndex: number): Float32Array {
      let gradient = new Float32Array(logits.length);
      gradient[classIndex] = 1;
      for (const [i, { kernel }] of [...layers.entries()].reverse()) {
        gradient = multiply(kernel, gradient);
        if (i === 0) break; // There is no ReLU before the first layer.
        for (const [unit, value] of reached[i]!.entries()) {
          if (value === 0) gradient[unit] = 0;
        }
      }
      return gradient;
    },
  };
}

/** Multiplies `kernel`, `[inputs, units]`, by one value per unit. */
function multiply(
  kernel: Float32Array,
  units: Float32Array,
): Float32Array<ArrayBuffer> {
  const inputs = new Float32Array(kernel.length / units.length);
  for (let i = 0, at = 0; i < inputs.length; i++) {
    let sum = 0;
    for (let unit = 0; unit < units.length; unit++) {
      sum += kernel[at++]! * units[unit]!;
    }
    inputs[i] = sum;
  }
  return inputs;
}
