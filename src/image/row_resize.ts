import type { Box } from "./crop.ts";
import type { Orientation } from "./exif.ts";
import type { Pixels } from "./pixels.ts";
import type { Region } from "./rows.ts";

/** A resize that receives the rows of a region of the stored image. */
export interface RowResize extends Region {
  /** Adds the next row: RGBA, with pixel `left` at `at`; alpha is ignored. */
  addRow(data: Uint8Array | Uint8ClampedArray, at: number): void;
  /** The upright result: `size` x `size` pixels; every fourth byte is 255. */
  finish(): Pixels;
}

export interface ResizePlan {
  /** The size of the stored image. */
  readonly stored: { readonly width: number; readonly height: number };
  readonly orientation: Orientation;
  /** The part to resize, in the upright image. */
  readonly box: Box;
  /** The size to resize to, and the result's position in it. */
  readonly grid: Box;
  /** The side of the result. */
  readonly size: number;
}

/** Resizes an upright image that is in memory as a whole. */
export function resizeWhole(
  resize: RowResize,
  { data, width }: Pixels,
): Pixels {
  const { left, top, bottom } = resize;
  for (let row = top; row < bottom; row++) {
    resize.addRow(data, (row * width + left) * 4);
  }
  return resize.finish();
}
