import type { Box } from "./fit.ts";
import type { Pixels } from "./pixels.ts";

/**
 * Fixed-point bits of a weight: 32, less 8 for the pixel and 2 for headroom.
 * Pillow, `src/libImaging/Resample.c`.
 */
const PRECISION_BITS = 32 - 8 - 2;
const HALF = 1 << (PRECISION_BITS - 1);

/**
 * An image is tall from this many times its width. Pillow then filters columns
 * first, as the rows that wait between the passes would take `size / width`
 * times the image's memory. `resize` in `src/PIL/Image.py` of Pillow 12.
 */
const TALL = 100;

/**
 * Pillow's `Image.resize((size, size), BILINEAR, box)`, bit for bit: a triangle
 * filter stretched by the reduction, first along rows and then along columns,
 * each pass rounded to 8 bits. At the edges of the box the filter reaches into
 * the image around it, as Pillow's does.
 *
 * Beside the result it takes `size * 4` bytes for each image row in reach, and
 * weights of about 8 bytes for each image column and row.
 *
 * @param image Opaque; alpha is ignored.
 * @param box Inside the image.
 * @returns `size` x `size` pixels; every fourth byte is 255.
 */
export function resizeAntialiased(
  image: Pixels,
  box: Box,
  size: number,
): Pixels {
  const columns = filter(image.width, box.left, box.width, size);
  const rows = filter(image.height, box.top, box.height, size);
  let data: Uint8Array<ArrayBuffer>;
  if (image.height > image.width * TALL && size < image.height) {
    const short = filterColumns(image.data, image.width, rows, 0);
    data = filterRows(short, image.width, columns, 0, size);
  } else {
    const first = rows.starts[0]!;
    const end = rows.starts[size - 1]! + rows.counts[size - 1]!;
    const narrow = filterRows(image.data, image.width, columns, first, end);
    data = filterColumns(narrow, size, rows, first);
  }
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return {
    data: new Uint8ClampedArray(data.buffer),
    width: size,
    height: size,
  };
}

/** For each output position, which inputs it is made of and their weights. */
interface Filter {
  /** The first input of each output. */
  readonly starts: Int32Array;
  /** How many inputs each output has, at most `taps`. */
  readonly counts: Int32Array;
  /** `[size, taps]`, fixed point with `PRECISION_BITS` after the point. */
  readonly weights: Int32Array;
  readonly taps: number;
}

function filter(
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

/**
 * Filters each of the rows from `first` up to `end`, of `width` pixels, to as
 * many pixels as the filter has outputs. It leaves alpha at 0.
 */
function filterRows(
  data: Uint8Array | Uint8ClampedArray,
  width: number,
  { starts, counts, weights, taps }: Filter,
  first: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  const size = starts.length;
  const out = new Uint8Array((end - first) * size * 4);
  let to = 0;
  for (let row = first; row < end; row++) {
    for (let i = 0; i < size; i++, to += 4) {
      let r = HALF, g = HALF, b = HALF;
      let from = (row * width + starts[i]!) * 4;
      const last = i * taps + counts[i]!;
      for (let k = i * taps; k < last; k++, from += 4) {
        const weight = weights[k]!;
        r += Math.imul(data[from]!, weight);
        g += Math.imul(data[from + 1]!, weight);
        b += Math.imul(data[from + 2]!, weight);
      }
      out[to] = level(r);
      out[to + 1] = level(g);
      out[to + 2] = level(b);
    }
  }
  return out;
}

/**
 * Filters the columns of rows of `width` pixels to as many rows as the filter
 * has outputs. `data` begins with the row of number `first`.
 */
function filterColumns(
  data: Uint8Array | Uint8ClampedArray,
  width: number,
  { starts, counts, weights, taps }: Filter,
  first: number,
): Uint8Array<ArrayBuffer> {
  const size = starts.length;
  const stride = width * 4;
  const out = new Uint8Array(size * stride);
  const sums = new Int32Array(stride);
  for (let i = 0; i < size; i++) {
    sums.fill(HALF);
    let from = (starts[i]! - first) * stride;
    const last = i * taps + counts[i]!;
    for (let k = i * taps; k < last; k++) {
      const weight = weights[k]!;
      for (let x = 0; x < stride; x++) {
        sums[x] = sums[x]! + Math.imul(data[from++]!, weight);
      }
    }
    for (let x = 0; x < stride; x++) out[i * stride + x] = level(sums[x]!);
  }
  return out;
}

/** A fixed-point sum, which already holds its half, as a byte. */
function level(sum: number): number {
  return Math.min(Math.max(sum >> PRECISION_BITS, 0), 255);
}
