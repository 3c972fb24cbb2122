/**
 * Counts by the upper 16 bits of an f32: a sign, an exponent and 7 bits of mantissa. Bins
 * are 0.8% wide at any magnitude, and the largest value needn't be known in advance.
 */
export type Histogram = Float64Array;

/** Statistics of an activation over many images, in little memory. */
export type ActivationStatistics = ReturnType<typeof createStatistics>;

/** Creates empty statistics. */
export function createStatistics(channels: number) {
  return {
    /** Over all channels. Values are >= 0, so there is no sign. */
    histogram: new Float64Array(2 ** 15) as Histogram,
    /** The sum of each channel's values. */
    sums: new Float64Array(channels),
    /** The largest value of each channel. */
    largest: new Float64Array(channels),
    /** The number of values per channel. */
    count: 0,
  };
}

/** Adds the activations of one image: `[height, width, channels]`, each >= 0. */
export function addActivations(
  statistics: ActivationStatistics,
  values: Float32Array,
): void {
  const { histogram, sums, largest } = statistics;
  const channels = sums.length;
  const bits = new Uint32Array(
    values.buffer,
    values.byteOffset,
    values.length,
  );
  for (let i = 0; i < values.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const value = values[i + c]!;
      sums[c]! += value;
      if (value > largest[c]!) largest[c] = value;
      // Clears the sign of -0.
      histogram[(bits[i + c]! & 0x7fffffff) >>> 16]!++;
    }
  }
  statistics.count += values.length / channels;
}

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
