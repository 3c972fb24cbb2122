/** The least and the largest of some numbers. */
export interface Extremes {
  readonly least: number;
  /** NaN if one is. */
  readonly most: number;
}

/**
 * The extremes of a tensor's values. A model has 35,000, each of them read once or twice:
 * the runtime's own sort, which puts NaN last, needs no compiler as a loop would.
 */
export function extremes(values: Float32Array): Extremes {
  const sorted = values.slice().sort();
  return {
    least: sorted[0] ?? Infinity,
    most: sorted[sorted.length - 1] ?? -Infinity,
  };
}
