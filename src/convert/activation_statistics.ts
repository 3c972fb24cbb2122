/**
 * What is kept of the activations of a tensor over many images: enough to choose
 * a range and to correct means, in little memory.
 *
 * @module
 */

/**
 * How often values occur, by the upper 16 bits of their f32: a sign, an exponent
 * and 7 bits of mantissa. So bins are 0.8% wide at any magnitude, and the largest
 * value needn't be known before.
 */
export type Histogram = Float64Array;

/** What is kept of a tensor. */
export interface ActivationStatistics {
  /** Over all channels. */
  readonly histogram: Histogram;
  /** The sum of each channel's values. */
  readonly sums: Float64Array;
  /** How many values each channel had. */
  count: number;
}

/** Statistics of no image yet. */
export function createStatistics(channels: number): ActivationStatistics {
  return {
    histogram: new Float64Array(2 ** 15), // No sign: values are >= 0.
    sums: new Float64Array(channels),
    count: 0,
  };
}

/**
 * Adds the activations of one image.
 *
 * @param values `[height, width, channels]`, each >= 0.
 */
export function addActivations(
  statistics: ActivationStatistics,
  values: Float32Array,
): void {
  const { histogram, sums } = statistics;
  const channels = sums.length;
  const bits = new Uint32Array(
    values.buffer,
    values.byteOffset,
    values.length,
  );
  for (let i = 0; i < values.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      sums[c]! += values[i + c]!;
      // -0 is 0.
      histogram[(bits[i + c]! & 0x7fffffff) >>> 16]!++;
    }
  }
  statistics.count += values.length / channels;
}

/** The mean of each channel. */
export function meansOf({ sums, count }: ActivationStatistics): Float64Array {
  return sums.map((sum) => sum / count);
}

/** The middle of a histogram's bin. */
export function valueOfBin(bin: number): number {
  scratch.setUint32(0, (bin << 16) | 0x8000);
  return scratch.getFloat32(0);
}

const scratch = new DataView(new ArrayBuffer(4));
