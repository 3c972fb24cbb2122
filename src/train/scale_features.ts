/**
 * Scales features to mean 0 and variance 1, so that one learning rate suits all networks.
 * The scaling is then folded into the first layer.
 *
 * @module
 */
import type { LayerWeights } from "../model/mod.ts";
import { type FeatureTable, readBatches } from "./features.ts";

/** `(feature - mean) * factor`. */
export interface FeatureScaling {
  readonly mean: Float64Array;
  /**
   * The same for all features: with separate factors, a large one would make the other
   * int8 weights coarse.
   */
  readonly factor: number;
}

export function measureScaling(
  table: FeatureTable,
  inputs: number,
): FeatureScaling {
  const sums = new Float64Array(inputs);
  let squares = 0;
  const count = table.classes.length;
  for (const { values } of readBatches(table)) {
    for (let i = 0; i < values.length; i++) {
      sums[i % inputs]! += values[i]!;
      squares += values[i]! ** 2;
    }
  }
  const mean = sums.map((sum) => sum / count);
  const square = mean.reduce((sum, it) => sum + it ** 2, 0);
  const variance = (squares / count - square) / inputs;
  return { mean, factor: variance > 0 ? 1 / Math.sqrt(variance) : 1 };
}

/** Scales features when they are read. */
export function scaledTable(
  table: FeatureTable,
  { mean, factor }: FeatureScaling,
): FeatureTable {
  return {
    ...table,
    read(rows) {
      const values = table.read(rows);
      for (let i = 0; i < values.length; i++) {
        values[i] = (values[i]! - mean[i % mean.length]!) * factor;
      }
      return values;
    },
  };
}

/** Converts a layer for scaled features to an equivalent one for unscaled features. */
export function foldScaling(
  { kernel, bias }: LayerWeights,
  { mean, factor }: FeatureScaling,
): LayerWeights {
  const units = bias.length;
  const shifted = Float64Array.from(bias);
  const scaled = kernel.map((weight, i) => {
    shifted[i % units]! -= weight * factor * mean[Math.floor(i / units)]!;
    return weight * factor;
  });
  return { kernel: scaled, bias: Float32Array.from(shifted) };
}
