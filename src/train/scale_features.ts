/**
 * Features around zero, of one size whatever network they come from: one learning
 * rate suits all then. Afterwards the scaling becomes part of the first layer.
 *
 * @module
 */
import type { LayerWeights } from "../model/mod.ts";
import type { FeatureTable } from "./features.ts";

/** `(feature - mean) * factor`. */
export interface FeatureScaling {
  /** Of each feature. */
  readonly mean: Float64Array;
  /**
   * One for all, so that none that hardly varies grows large, and the layer's int8
   * weights with it.
   */
  readonly factor: number;
}

/** So many rows are read at once. */
const BATCH = 256;

/** The scaling by which a table's features have the mean 0 and the variance 1. */
export function measureScaling(
  table: FeatureTable,
  inputs: number,
): FeatureScaling {
  const sums = new Float64Array(inputs);
  let squares = 0;
  const count = table.classes.length;
  for (let start = 0; start < count; start += BATCH) {
    const rows = Math.min(BATCH, count - start);
    const values = table.read(
      Array.from({ length: rows }, (_, i) => start + i),
    );
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

/** The table, its features scaled as they are read. */
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

/** The layer that gives for features what `layer` gives for scaled ones. */
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
