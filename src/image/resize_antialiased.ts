import { orient, orientationFlips } from "./orientation.ts";
import type { ResizePlan, RowResize } from "./row_resize.ts";
import {
  type Filter,
  type Kernel,
  mirrored,
  PRECISION_BITS,
  reach,
  resizeFilter,
} from "./resize_filter.ts";

const HALF = 1 << (PRECISION_BITS - 1);

/**
 * An image counts as tall if its height is at least this many times its width. Pillow
 * then filters columns first, as the rows that wait between the passes would take `size
 * / width` times the image's memory. `resize` in `src/PIL/Image.py` of Pillow 12.
 */
const TALL = 100;

/**
 * The square at the grid's `left` and `top` of Pillow's `Image.resize((grid.width,
 * grid.height), BILINEAR or BICUBIC, box)`, bit for bit: a kernel stretched by the
 * reduction, first along rows and then along columns, each pass rounded to 8 bits. At
 * the edges of the box the filter reaches into the image around it. The orientation
 * turns the filters and the result, not the image.
 *
 * It needs `size * 4` bytes, or a stored row's bytes if columns come first, for each
 * input row of an output row.
 */
export function startAntialiased(
  { stored, orientation, box, grid, size }: ResizePlan,
  kernel: Kernel,
): RowResize {
  const flips = orientationFlips(orientation);
  const [width, height] = flips.transposed
    ? [stored.height, stored.width]
    : [stored.width, stored.height];
  const horizontal = resizeFilter(kernel, {
    inputs: width,
    offset: box.left,
    length: box.width,
    outputs: grid.width,
    first: grid.left,
    size,
  });
  const vertical = resizeFilter(kernel, {
    inputs: height,
    offset: box.top,
    length: box.height,
    outputs: grid.height,
    first: grid.top,
    size,
  });
  const [alongRow, acrossRows] = flips.transposed
    ? [vertical, horizontal]
    : [horizontal, vertical];
  const along = flips.x ? mirrored(alongRow, stored.width) : alongRow;
  const across = flips.y ? mirrored(acrossRows, stored.height) : acrossRows;
  const [left, right] = reach(along);
  const [top, bottom] = reach(across);
  const isTall = height > width * TALL && grid.height < height;
  const rowsFirst = flips.transposed === isTall;

  // Rows wait in a ring of `taps` for the outputs that use them.
  const rowBytes = rowsFirst ? size * 4 : (right - left) * 4;
  const waiting = new Uint8Array(across.taps * rowBytes);
  const whole = new Uint8Array(rowsFirst ? 0 : rowBytes);
  const sums = new Int32Array(rowBytes);
  const out = new Uint8Array(size * size * 4);
  let row = top;
  let next = 0;
  return {
    left,
    top,
    right,
    bottom,
    addRow(data, at) {
      const slot = row % across.taps * rowBytes;
      if (rowsFirst) filterRow(data, at - left * 4, along, waiting, slot);
      else waiting.set(data.subarray(at, at + rowBytes), slot);
      row++;
      while (
        next < size && across.starts[next]! + across.counts[next]! <= row
      ) {
        if (rowsFirst) {
          combineRows(waiting, sums, across, next, out, next * rowBytes);
        } else {
          combineRows(waiting, sums, across, next, whole, 0);
          filterRow(whole, -left * 4, along, out, next * size * 4);
        }
        next++;
      }
    },
    finish() {
      for (let i = 3; i < out.length; i += 4) out[i] = 255;
      const data = new Uint8ClampedArray(out.buffer);
      return orient({ data, width: size, height: size }, orientation);
    },
  };
}

/** Filters a row, whose pixel 0 is at `at`, to a pixel for each output. */
function filterRow(
  data: Uint8Array | Uint8ClampedArray,
  at: number,
  { starts, counts, weights, taps }: Filter,
  out: Uint8Array,
  to: number,
): void {
  for (let i = 0; i < starts.length; i++, to += 4) {
    let r = HALF, g = HALF, b = HALF;
    let from = at + starts[i]! * 4;
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

/** Computes output row `i` from the waiting rows. */
function combineRows(
  waiting: Uint8Array,
  sums: Int32Array,
  { starts, counts, weights, taps }: Filter,
  i: number,
  out: Uint8Array,
  to: number,
): void {
  const rowBytes = sums.length;
  sums.fill(HALF);
  for (let k = 0; k < counts[i]!; k++) {
    const weight = weights[i * taps + k]!;
    let from = (starts[i]! + k) % taps * rowBytes;
    for (let x = 0; x < rowBytes; x++) {
      sums[x] = sums[x]! + Math.imul(waiting[from++]!, weight);
    }
  }
  for (let x = 0; x < rowBytes; x++) out[to + x] = level(sums[x]!);
}

/** A fixed-point sum, to which a half was added, as a byte. */
function level(sum: number): number {
  return Math.min(Math.max(sum >> PRECISION_BITS, 0), 255);
}
