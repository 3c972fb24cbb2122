import type { Orientation } from "./exif.ts";
import type { Pixels } from "./pixels.ts";

export type { Orientation };

/**
 * Flips and turns stored pixels upright by their EXIF orientation.
 *
 * @returns `image` itself for 1; otherwise a copy, whose width and height are
 * swapped for 5 to 8.
 */
export function orient(image: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return image;
  const { width: w, height: h } = image;
  const last = w * h - 1;
  const swap = orientation >= 5;
  const [width, height] = swap ? [h, w] : [w, h];
  // The stored pixel that lands top left, and how far one moves among the
  // stored pixels for a step right and for a step down.
  const [first, right, down] = walk(orientation, w, last);

  const from = words(image.data);
  const to = new Uint32Array(w * h);
  let at = 0;
  for (let y = 0; y < height; y++) {
    let source = first + y * down;
    for (let x = 0; x < width; x++, source += right) to[at++] = from[source]!;
  }
  return { data: new Uint8ClampedArray(to.buffer), width, height };
}

/** What an orientation does to stored pixels, in this order. */
export interface Flips {
  /** Whether rows are reversed, left to right. */
  readonly x: boolean;
  /** Whether the order of rows is reversed. */
  readonly y: boolean;
  /** Whether rows become columns. */
  readonly transposed: boolean;
}

/** The flips that make an orientation. */
export function flipsOf(orientation: Orientation): Flips {
  return {
    x: [2, 3, 7, 8].includes(orientation),
    y: [3, 4, 6, 7].includes(orientation),
    transposed: orientation >= 5,
  };
}

/** EXIF 2.32, figure 5: where row 0 and column 0 lie on the upright image. */
function walk(
  orientation: Exclude<Orientation, 1>,
  w: number,
  last: number,
): readonly [first: number, right: number, down: number] {
  switch (orientation) {
    case 2: // mirrored left to right
      return [w - 1, -1, w];
    case 3: // turned by 180 degrees
      return [last, -1, -w];
    case 4: // mirrored top to bottom
      return [last - (w - 1), 1, -w];
    case 5: // mirrored along the main diagonal
      return [0, w, 1];
    case 6: // to be turned by 90 degrees clockwise
      return [last - (w - 1), -w, 1];
    case 7: // mirrored along the other diagonal
      return [last, -w, -1];
    case 8: // to be turned by 90 degrees anticlockwise
      return [w - 1, w, -1];
  }
}

/** Pixels as whole words, copied only where they aren't aligned to four bytes. */
function words(data: Uint8ClampedArray | Uint8Array): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(
    aligned.buffer,
    aligned.byteOffset,
    aligned.length / 4,
  );
}
