import { allocatePixels } from "./allocate.ts";
import type { Orientation } from "./exif.ts";
import type { Pixels } from "./pixels.ts";

/** The steps that turn stored pixels upright, in this order: EXIF 2.32, figure 5. */
export function orientationFlips(orientation: Orientation) {
  return {
    /** Whether rows are reversed, left to right. */
    x: [2, 3, 7, 8].includes(orientation),
    /** Whether the order of rows is reversed. */
    y: [3, 4, 6, 7].includes(orientation),
    /** Whether rows become columns. */
    transposed: orientation >= 5,
  };
}

/** Turns stored pixels upright: a copy, except for orientation 1. */
export function orient(image: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return image;
  const upright = startUpright(image, orientation);
  upright.addRows(image.data, 0);
  return upright.image;
}

export type Upright = ReturnType<typeof startUpright>;

/** Starts an upright image from the rows of a stored one. */
export function startUpright(
  { width: w, height: h }: { readonly width: number; readonly height: number },
  orientation: Orientation,
) {
  const flips = orientationFlips(orientation);
  const [width, height] = flips.transposed ? [h, w] : [w, h];
  // Steps in the upright image for one step right and one step down in the stored one,
  // and their starting point.
  const [column, row] = flips.transposed ? [width, 1] : [1, width];
  const right = flips.x ? -column : column;
  const down = flips.y ? -row : row;
  const origin = (flips.x ? (w - 1) * column : 0) +
    (flips.y ? (h - 1) * row : 0);

  const data = allocatePixels(w, h);
  const to = new Uint32Array(data.buffer);
  return {
    /** Complete when all rows have been added. */
    image: { data, width, height },
    /** Adds whole RGBA rows, starting at row `first`. */
    addRows(rows: Uint8ClampedArray | Uint8Array, first: number): void {
      if (orientation === 1) return data.set(rows, first * w * 4);
      const from = words(rows);
      for (let at = 0, y = first; at < from.length; y++) {
        let target = origin + y * down;
        for (let x = 0; x < w; x++, target += right) to[target] = from[at++]!;
      }
    },
  };
}

/** Pixels as words; copied only if they aren't aligned to four bytes. */
function words(data: Uint8ClampedArray | Uint8Array): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(
    aligned.buffer,
    aligned.byteOffset,
    aligned.length / 4,
  );
}
