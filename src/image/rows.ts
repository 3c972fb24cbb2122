import type { TimeSlice } from "../async/yield.ts";
import type { Pixels } from "./pixels.ts";

/** A part of an image in whole pixels; right and bottom aren't in it. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Receives opaque RGBA rows, starting at row `first`. They are overwritten afterwards.
 */
export type TakeRows = (
  rows: Uint8Array | Uint8ClampedArray,
  first: number,
) => void;

/**
 * Emits the rows of a whole image, and yields to the event loop whenever the time slice
 * is over.
 */
export async function emitRows(
  { data, width, height }: Pixels,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  for (let row = 0; row < height; row++) {
    const at = row * width * 4;
    take(data.subarray(at, at + width * 4), row);
    if (timeSlice.isOver()) await timeSlice.yield();
  }
}
