import {
  type Animation,
  type Frame,
  startClock,
} from "../animation/animation.ts";
import type { ImageHeader } from "../image_format.ts";
import { frameStarts, type GifFrame, readFrame, readScreen } from "./blocks.ts";
import { decodeGifFrame } from "./decode_frame.ts";

/**
 * What becomes of a frame, by its number; old descriptions undo by 4. Unknown ones stay.
 */
const DISPOSALS: readonly Frame["disposal"][] = [
  "keep",
  "keep",
  "clear",
  "restore",
  "restore",
];

/**
 * Reads the frames of a GIF, but not their data. A part that is cleared becomes
 * transparent and not of the background's colour, as in browsers.
 *
 * @param most How many frames to read.
 */
export function openGif(
  bytes: Uint8Array,
  { width, height }: ImageHeader,
  most = Infinity,
): Animation {
  const screen = readScreen(bytes);
  const frames: Frame[] = [];
  const timeOf = startClock();
  for (const start of frameStarts(bytes, screen)) {
    const frame = readFrame(bytes, screen, start);
    frames.push(frameOf(bytes, frame, timeOf(frame.delay / 100)));
    if (frames.length === most) break;
  }
  return { width, height, frames };
}

function frameOf(bytes: Uint8Array, frame: GifFrame, time: number): Frame {
  const { left, top, width, height, transparent, disposal } = frame;
  return {
    left,
    top,
    right: left + width,
    bottom: top + height,
    time,
    replaces: transparent < 0,
    disposal: DISPOSALS[disposal] ?? "keep",
    decode: (height, timeSlice, take) =>
      decodeGifFrame(bytes, frame, height, timeSlice, take),
  };
}
