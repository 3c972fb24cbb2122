/**
 * Fixed-point bits of a weight: 32, less 8 for the pixel and 2 for headroom.
 * Pillow, `src/libImaging/Resample.c`.
 */
export const PRECISION_BITS = 32 - 8 - 2;

/** A function that weights inputs by their distance, as in Pillow. */
export interface Kernel {
  /** The distance at which weights become 0, without reduction. */
  readonly support: number;
  /** The weight at a distance >= 0. */
  weigh(distance: number): number;
}

/** Pillow's `BILINEAR`. */
export const TRIANGLE: Kernel = {
  support: 1,
  weigh: (x) => Math.max(1 - x, 0),
};

/** Pillow's `BICUBIC`: Keys's cubic convolution with a = -0.5. */
export const CUBIC: Kernel = {
  support: 2,
  weigh(x) {
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
  },
};

/** The resize along one axis. */
export interface Axis {
  /** The length of the image. */
  readonly inputs: number;
  /** The start of the resized part; it may be between pixels. */
  readonly offset: number;
  /** The length of the part. */
  readonly length: number;
  /** The number of outputs that the part is resized to. */
  readonly outputs: number;
  /** The first output to compute. */
  readonly first: number;
  /** The number of outputs to compute. */
  readonly size: number;
}

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

/** Pillow's filter along one axis: a kernel that is stretched by the reduction. */
export function resizeFilter(
  { support, weigh }: Kernel,
  { inputs, offset, length, outputs, first: skipped, size }: Axis,
): Filter {
  // Pillow keeps the box in single precision and computes in double.
  const start = Math.fround(offset);
  const scale = Math.fround(Math.fround(offset + length) - start) / outputs;
  const stretch = Math.max(scale, 1);
  const radius = support * stretch;
  const taps = Math.ceil(radius) * 2 + 1;
  const starts = new Int32Array(size);
  const counts = new Int32Array(size);
  const weights = new Int32Array(size * taps);
  const exact = new Float64Array(taps);

  for (let i = 0; i < size; i++) {
    const center = start + (i + skipped + 0.5) * scale;
    const first = Math.max(Math.trunc(center - radius + 0.5), 0);
    const end = Math.min(Math.trunc(center + radius + 0.5), inputs);
    const count = end - first;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const distance = Math.abs((k + first - center + 0.5) * (1 / stretch));
      exact[k] = weigh(distance);
      sum += exact[k]!;
    }
    for (let k = 0; k < count; k++) {
      const weight = sum === 0 ? exact[k]! : exact[k]! / sum;
      weights[i * taps + k] = rounded(weight * (1 << PRECISION_BITS));
    }
    starts[i] = first;
    counts[i] = count;
  }
  return { starts, counts, weights, taps };
}

/** The nearest whole number; halves are rounded away from 0, as in Pillow. */
function rounded(value: number): number {
  return Math.trunc(value < 0 ? value - 0.5 : value + 0.5);
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

/** The first input that any output uses, and the end of the range. */
export function reach(
  { starts, counts }: Filter,
): [first: number, end: number] {
  const last = starts.length - 1;
  return [starts[0]!, starts[last]! + counts[last]!];
}
