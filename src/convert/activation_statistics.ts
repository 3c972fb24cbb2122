/**
 * Statistics of an activation over many images, in little memory: a histogram to choose
 * a range by, and sums for the means.
 *
 * @module
 */

/**
 * Counts by the upper 16 bits of an f32: a sign, an exponent and 7 bits of mantissa.
 * Bins are 0.8% wide at any magnitude, and the largest value needn't be known before.
 */
export type Histogram = Float64Array;

/** The statistics of a tensor. */
export interface ActivationStatistics {
  /** Over all channels. */
  readonly histogram: Histogram;
  /** The sum of each channel's values. */
  readonly sums: Float64Array;
  /** The number of values of each channel. */
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
export function channelMeans(
  { sums, count }: ActivationStatistics,
): Float64Array {
  return sums.map((sum) => sum / count);
}

/** The value at the centre of a bin. */
export function binCenter(bin: number): number {
  scratch.setUint32(0, (bin << 16) | 0x8000);
  return scratch.getFloat32(0);
}

const scratch = new DataView(new ArrayBuffer(4));
