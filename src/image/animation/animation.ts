import type { TimeSlice } from "../../async/yield.ts";
import type { ImageHeader } from "../image_format.ts";
import type { Region } from "../rows.ts";

/** An animation whose frames aren't decoded yet. */
export interface Animation {
  /** The canvas size, in pixels as stored. */
  readonly width: number;
  readonly height: number;
  /** In display order, at least one. */
  readonly frames: readonly Frame[];
}

/**
 * Lists the frames of an animation without reading their data.
 *
 * @param isScarce Whether memory is too scarce for a worker.
 * @throws {CorruptImageError} When the file contradicts itself.
 */
export type OpenAnimation = (
  bytes: Uint8Array,
  header: ImageHeader,
  isScarce: boolean,
) => Animation;

/** The part of the canvas that a frame changes. It may extend beyond the canvas. */
export interface Frame extends Region {
  /** When browsers first show the frame, in seconds. */
  readonly time: number;
  /** Whether the frame replaces the pixels below it even where it is transparent. */
  readonly replaces: boolean;
  /** Whether the frame's area is kept, cleared or restored afterwards. */
  readonly disposal: "keep" | "clear" | "restore";
  /**
   * Decodes the rows, in any order.
   *
   * @param height The number of rows that are needed, counted from the top.
   * @throws {CorruptImageError} When the frame is cut short or damaged.
   */
  decode(
    height: number,
    timeSlice: TimeSlice,
    take: TakeFrameRow,
  ): Promise<void>;
}

/**
 * Receives one row of a frame as RGBA with straight alpha. The row is overwritten
 * afterwards.
 */
export type TakeFrameRow = (
  row: Uint8Array | Uint8ClampedArray,
  y: number,
) => void;

/** Browsers show a frame of up to 10 ms for 100 ms. */
const TOO_SHORT = 0.01;
const SHORTEST = 0.1;

/** Returns a function that maps each frame's duration in seconds to its start time. */
export function startClock(): (duration: number) => number {
  let now = 0;
  return (duration) => {
    const time = now;
    now += duration > TOO_SHORT ? duration : SHORTEST;
    return Math.round(time * 1e6) / 1e6;
  };
}
