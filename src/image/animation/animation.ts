import type { TimeSlice } from "../../async/yield.ts";
import type { ImageHeader } from "../image_format.ts";
import type { Region } from "../rows.ts";

/** An animation whose frames aren't decoded yet. */
export interface Animation {
  /** Of the canvas, in pixels as stored. */
  readonly width: number;
  readonly height: number;
  /** In the order in which they are shown, at least one. */
  readonly frames: readonly Frame[];
}

/**
 * Reads the frames of an animation, but not their data.
 *
 * @param isScarce Whether memory is too scarce for a worker.
 * @throws {CorruptImageError} When it contradicts itself.
 */
export type OpenAnimation = (
  bytes: Uint8Array,
  header: ImageHeader,
  isScarce: boolean,
) => Animation;

/** A part of the canvas that a frame changes. It may lie beyond the canvas. */
export interface Frame extends Region {
  /** When browsers show it first, in seconds. */
  readonly time: number;
  /** Whether it replaces what was there, also where it is transparent. */
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

/** Takes a whole row of a frame, RGBA of straight alpha. It is overwritten afterwards. */
export type TakeFrameRow = (
  row: Uint8Array | Uint8ClampedArray,
  y: number,
) => void;

/** Browsers show a frame of up to 10 ms for 100 ms. */
const TOO_SHORT = 0.01;
const SHORTEST = 0.1;

/** Gives the time at which each next frame, of that many seconds, is shown first. */
export function startClock(): (duration: number) => number {
  let now = 0;
  return (duration) => {
    const time = now;
    now += duration > TOO_SHORT ? duration : SHORTEST;
    return Math.round(time * 1e6) / 1e6;
  };
}
