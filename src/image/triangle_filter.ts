/**
 * Fixed-point bits of a weight: 32, less 8 for the pixel and 2 for headroom.
 * Pillow, `src/libImaging/Resample.c`.
 */
export const PRECISION_BITS = 32 - 8 - 2;

/** The inputs of each output and their weights. */
export interface Filter {
  /** The first input of each output, ascending. */
  readonly starts: Int32Array;
  /** The number of inputs of each output, at most `taps`. */
  readonly counts: Int32Array;
  /** `[size, taps]`, fixed point with {@linkcode PRECISION_BITS} after the point. */
  readonly weights: Int32Array;
  readonly taps: number;
}

/**
 * Pillow's `BILINEAR` along one axis: a triangle as wide as the reduction. `length` of
 * the `inputs` from `offset` on, which may be between pixels, become `size` outputs.
 */
export function triangleFilter(
  inputs: number,
  offset: number,
  length: number,
  size: number,
): Filter {
  // Pillow keeps the box in single precision and computes in double.
  const start = Math.fround(offset);
  const scale = Math.fround(Math.fround(offset + length) - start) / size;
  const stretch = Math.max(scale, 1);
  const taps = Math.ceil(stretch) * 2 + 1;
  const starts = new Int32Array(size);
  const counts = new Int32Array(size);
  const weights = new Int32Array(size * taps);
  const exact = new Float64Array(taps);

  for (let i = 0; i < size; i++) {
    const center = start + (i + 0.5) * scale;
    const first = Math.max(Math.trunc(center - stretch + 0.5), 0);
    const end = Math.min(Math.trunc(center + stretch + 0.5), inputs);
    const count = end - first;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const distance = Math.abs((k + first - center + 0.5) * (1 / stretch));
      exact[k] = Math.max(1 - distance, 0);
      sum += exact[k]!;
    }
    for (let k = 0; k < count; k++) {
      const weight = sum === 0 ? exact[k]! : exact[k]! / sum;
      weights[i * taps + k] = Math.trunc(0.5 + weight * (1 << PRECISION_BITS));
    }
    starts[i] = first;
    counts[i] = count;
  }
  return { starts, counts, weights, taps };
}

/** The filter for inputs and outputs in the opposite order. */
export function mirrored(filter: Filter, inputs: number): Filter {
  const { taps } = filter;
  const size = filter.starts.length;
  const starts = new Int32Array(size);
  const counts = filter.counts.toReversed();
  const weights = new Int32Array(size * taps);
  for (let i = 0; i < size; i++) {
    const opposite = size - 1 - i;
    const count = counts[i]!;
    starts[i] = inputs - filter.starts[opposite]! - count;
    for (let k = 0; k < count; k++) {
      weights[i * taps + k] = filter.weights[opposite * taps + count - 1 - k]!;
    }
  }
  return { starts, counts, weights, taps };
}

/** The first input that any output uses, and the end of them. */
export function reach(
  { starts, counts }: Filter,
): [first: number, end: number] {
  const last = starts.length - 1;
  return [starts[0]!, starts[last]! + counts[last]!];
}
