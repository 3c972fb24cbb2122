import { CorruptWeightsError } from "../errors.ts";
import type { LayerWeights } from "../model/network.ts";

/**
 * Weights must be smaller than this. Larger ones cause wrong answers silently: their products
 * overflow to NaN, which a ReLU turns into 0. Trained weights don't come near, but a flipped
 * bit in the exponent turns a weight below 2 into 2^108 or more.
 */
export const LARGEST = 2 ** 64;

export function assertFinite(what: string, values: ArrayLike<number>): void {
  const value = firstNotFinite(values);
  if (value === undefined) return;
  throw new CorruptWeightsError(
    `Cannot use ${what} as its values must be finite, and below 2^64: one is ${value}`,
  );
}

export function assertFiniteLayer(
  name: string,
  { kernel, bias }: LayerWeights,
): void {
  assertFinite(`the weights of "${name}"`, kernel);
  assertFinite(`the biases of "${name}"`, bias);
}

/**
 * Returns a layer's weights if all are below 2^64. Otherwise checks the original tensors, so
 * that the error names the wrong one.
 */
export function finiteWeights(
  name: string,
  weights: LayerWeights,
  tensors: () => Iterable<readonly [name: string, values: ArrayLike<number>]>,
): LayerWeights {
  const { kernel, bias, statistics } = weights;
  const { mean, standardDeviation } = statistics ?? {};
  const parts = [kernel, bias, mean, standardDeviation];
  if (parts.every((it) => !it || firstNotFinite(it) === undefined)) {
    return weights;
  }
  for (const [tensor, values] of tensors()) {
    assertFinite(`the tensor "${tensor}" of the layer "${name}"`, values);
  }
  throw new CorruptWeightsError(
    `Cannot use the weights of "${name}" as they must be finite, and below 2^64: with its batch norm one isn't`,
  );
}

/** Takes about 20 ms for the 95 MB of an f32 Inception-v3. */
function firstNotFinite(values: ArrayLike<number>): number | undefined {
  const largest = LARGEST; // Three times as fast as the module's binding.
  for (let i = 0; i < values.length; i++) {
    if (!(Math.abs(values[i]!) < largest)) return values[i]!;
  }
  return undefined;
}
