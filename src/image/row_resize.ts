import type { Box } from "./crop.ts";
import type { Orientation } from "./orientation.ts";
import type { Pixels } from "./pixels.ts";

/** A resize that is fed with rows of the stored image, from `top` to `bottom`. */
export interface RowResize {
  /** The part of the stored image that it is made of, in pixels. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /**
   * Takes the next row.
   *
   * @param data RGBA; alpha is ignored.
   * @param at Where the row's pixel `left` is.
   */
  addRow(data: Uint8Array | Uint8ClampedArray, at: number): void;
  /** The upright result: `size` x `size` pixels; every fourth byte is 255. */
  finish(): Pixels;
}

/**
 * Begins a resize of an image that comes row by row as it is stored.
 *
 * @param stored The stored image's size.
 * @param box Inside the upright image.
 */
export type StartResize = (
  stored: { readonly width: number; readonly height: number },
  orientation: Orientation,
  box: Box,
  size: number,
) => RowResize;

/** Resizes an upright image that is there as a whole. */
export function resizeWhole(
  start: StartResize,
  image: Pixels,
  box: Box,
  size: number,
): Pixels {
  const resize = start(image, 1, box, size);
  const { left, top, bottom } = resize;
  for (let row = top; row < bottom; row++) {
    resize.addRow(image.data, (row * image.width + left) * 4);
  }
  return resize.finish();
}
