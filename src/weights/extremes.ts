/** The smallest and the largest of some numbers. */
export interface Extremes {
  readonly least: number;
  /** NaN if any number is. */
  readonly most: number;
}

/**
 * The extremes of a tensor's values. A model has 35,000 values, each read once or twice. So
 * the built-in sort, which puts NaN last, beats a loop that the JIT hasn't compiled yet.
 */
export function extremes(values: Float32Array): Extremes {
  const sorted = values.slice().sort();
  return {
    least: sorted[0] ?? Infinity,
    most: sorted[sorted.length - 1] ?? -Infinity,
  };
}
