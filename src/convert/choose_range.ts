import { binCenter, type Histogram } from "./activation_statistics.ts";

/** The ratio between candidate ranges. */
const STEP = 0.97;

/** The lower bound of candidate ranges, as a fraction of the largest value. */
const LEAST_PART = 0.01;

/**
 * The range with the smallest mean squared error for the values of a histogram: a smaller
 * one clips more, a larger one has coarser steps. Returns 1 without values above zero.
 */
export function chooseRange(histogram: Histogram, levels: number): number {
  const values: number[] = [];
  const counts: number[] = [];
  for (const [bin, count] of histogram.entries()) {
    const value = binCenter(bin);
    // The first bin has zeros and values close to zero.
    if (bin === 0 || count === 0 || !(value < Infinity)) continue;
    values.push(value);
    counts.push(count);
  }
  const largest = values.at(-1);
  if (largest === undefined) return 1;
  let best = largest;
  let least = Infinity;
  for (let part = 1; part > LEAST_PART; part *= STEP) {
    const range = largest * part;
    const step = range / levels;
    let loss = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const square = value > range
        ? (value - range) ** 2
        : value < step / 2
        ? value ** 2
        : step ** 2 / 12; // For a uniform error within a step.
      loss += counts[i]! * square;
    }
    if (loss < least) {
      least = loss;
      best = range;
    }
  }
  return best;
}
