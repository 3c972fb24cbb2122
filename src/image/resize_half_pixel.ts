import { orientationFlips } from "./orientation.ts";
import type { ResizePlan, RowResize } from "./row_resize.ts";

/**
 * The square at the grid's `left` and `top` of TensorFlow's `resize_bilinear` with
 * `half_pixel_centers=True` of the box cut out of the image, in single precision,
 * rounded to the nearest level. It doesn't antialias.
 * `tensorflow/core/kernels/image/resize_bilinear_op.cc`. PyTorch's `interpolate` with
 * `mode="bilinear", align_corners=False` samples the same pixels.
 *
 * Only the four neighbours of each output pixel are kept: 16 bytes per output pixel,
 * however large the image is. The box is in whole pixels.
 */
export function startHalfPixel(
  { stored, orientation, box, grid, size }: ResizePlan,
): RowResize {
  const { x, y, transposed } = orientationFlips(orientation);
  const columns = samples(box.left, box.width, grid.width, grid.left, size);
  const rows = samples(box.top, box.height, grid.height, grid.top, size);
  // The stored rows and columns that upright ones are made of.
  const [along, across] = transposed ? [rows, columns] : [columns, rows];
  const inRow = positions(along, x ? stored.width : undefined);
  const ofRows = positions(across, y ? stored.height : undefined);
  const left = inRow.reduce((least, it) => Math.min(least, it));
  const right = inRow.reduce((most, it) => Math.max(most, it)) + 1;
  const top = ofRows.reduce((least, it) => Math.min(least, it));
  const bottom = ofRows.reduce((most, it) => Math.max(most, it)) + 1;
  const placesOfRow = new Map<number, number[]>();
  for (const [place, it] of ofRows.entries()) {
    const places = placesOfRow.get(it);
    if (places === undefined) placesOfRow.set(it, [place]);
    else places.push(place);
  }

  const side = 2 * size;
  const kept = new Uint8Array(side * side * 4);
  let row = top;
  return {
    left,
    top,
    right,
    bottom,
    addRow(data, at) {
      const places = placesOfRow.get(row++);
      if (places === undefined) return;
      const [first, ...others] = places.map((it) => it * side * 4);
      for (let i = 0; i < side; i++) {
        const from = at + (inRow[i]! - left) * 4;
        for (let c = 0; c < 3; c++) kept[first! + i * 4 + c] = data[from + c]!;
      }
      for (const to of others) kept.copyWithin(to, first!, first! + side * 4);
    },
    finish() {
      const [stepX, stepY] = transposed ? [side * 4, 4] : [4, side * 4];
      const out = new Uint8ClampedArray(size * size * 4);
      for (let y = 0, to = 0; y < size; y++) {
        const fy = rows.fraction[y]!;
        for (let x = 0; x < size; x++) {
          const fx = columns.fraction[x]!;
          const at = 2 * (x * stepX + y * stepY);
          for (let c = at; c < at + 3; c++) {
            const top = lerp(kept[c]!, kept[c + stepX]!, fx);
            const bottom = lerp(kept[c + stepY]!, kept[c + stepX + stepY]!, fx);
            out[to++] = Math.round(lerp(top, bottom, fy));
          }
          out[to++] = 255;
        }
      }
      return { data: out, width: size, height: size };
    },
  };
}

/**
 * The two inputs around each output, and its distance from the lower one. `length`
 * inputs become `outputs`, of which `size` are computed, starting at `first`.
 */
function samples(
  offset: number,
  length: number,
  outputs: number,
  first: number,
  size: number,
) {
  const scale = Math.fround(length / outputs);
  const lower = new Int32Array(size);
  const upper = new Int32Array(size);
  const fraction = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const at = Math.fround(Math.fround((i + first + 0.5) * scale) - 0.5);
    const floor = Math.floor(at);
    lower[i] = offset + Math.max(floor, 0);
    upper[i] = offset + Math.min(Math.ceil(at), length - 1);
    fraction[i] = at - floor;
  }
  return { lower, upper, fraction };
}

/** The two inputs of each output, in an image that may be mirrored. */
function positions(
  { lower, upper }: ReturnType<typeof samples>,
  mirroredLength: number | undefined,
): Int32Array {
  return Int32Array.from({ length: 2 * lower.length }, (_, i) => {
    const at = (i % 2 === 0 ? lower : upper)[i >> 1]!;
    return mirroredLength === undefined ? at : mirroredLength - 1 - at;
  });
}

function lerp(from: number, to: number, fraction: number): number {
  const step = Math.fround(Math.fround(to - from) * fraction);
  return Math.fround(from + step);
}
