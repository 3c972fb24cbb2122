import {
  type Animation,
  type Frame,
  startClock,
} from "../animation/animation.ts";
import type { ImageHeader } from "../image_format.ts";
import { frameStarts, type GifFrame, readFrame, readScreen } from "./blocks.ts";
import { decodeGifFrame } from "./decode_frame.ts";

/**
 * Disposal methods by number; old descriptions use 4 for restoring. Unknown ones keep
 * the frame.
 */
const DISPOSALS: readonly Frame["disposal"][] = [
  "keep",
  "keep",
  "clear",
  "restore",
  "restore",
];

/**
 * Lists the frames of a GIF without reading their data. As in browsers, a cleared area
 * becomes transparent instead of the background colour.
 *
 * @param most The maximum number of frames to read.
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
