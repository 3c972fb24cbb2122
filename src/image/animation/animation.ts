import type { TimeSlice } from "../../async/yield.ts";
import type { Region } from "../rows.ts";

/** An animation whose frames aren't decoded yet. */
export interface Animation {
  /** Of the canvas, in pixels as stored. */
  readonly width: number;
  readonly height: number;
  /** In the order in which they are shown, at least one. */
  readonly frames: readonly Frame[];
}

/** A part of the canvas that a frame changes. It may lie beyond the canvas. */
export interface Frame extends Region {
  /** How long it is shown, in seconds, as the file says. */
  readonly duration: number;
  /** Whether it covers what was there, so that its transparent pixels are white. */
  readonly replaces: boolean;
  /** What becomes of its part afterwards: it stays, is cleared, or is undone. */
  readonly disposal: "keep" | "clear" | "restore";
  /**
   * Decodes its rows, in any order.
   *
   * @param height How many of its rows are needed, from the first on.
   * @throws {CorruptImageError} When it is cut short or damaged.
   */
  decode(
    height: number,
    timeSlice: TimeSlice,
    take: TakeFrameRow,
  ): Promise<void>;
}

/**
 * Takes a whole row of a frame, RGBA of straight alpha, or opaque over white if the frame
 * {@linkcode Frame.replaces}. It is overwritten afterwards.
 */
export type TakeFrameRow = (
  row: Uint8Array | Uint8ClampedArray,
  y: number,
) => void;

/** More than any encoder writes. Each takes some memory before it is decoded. */
export const MAX_FRAMES = 100_000;

/** Browsers show a frame of up to 10 ms for this long, in seconds. */
const SHORTEST = 0.1;

/** How long browsers show a frame whose file says `duration`, in seconds. */
export function shownDuration(duration: number): number {
  return duration <= 0.01 ? SHORTEST : duration;
}
