import type { ImageHeader } from "../image_format.ts";
import { corrupt, frameStarts, readFrame, readScreen } from "./blocks.ts";

const SIGNATURE = /^GIF8[79]a/;

/** Whether `bytes` begin like a GIF. */
export function isGif(bytes: Uint8Array): boolean {
  return SIGNATURE.test(String.fromCharCode(...bytes.subarray(0, 6)));
}

/**
 * Reads the size of a GIF and counts the frames in `bytes`. A first frame that is
 * larger than the canvas enlarges it, as in browsers.
 */
export function readGifHeader(bytes: Uint8Array): ImageHeader {
  const screen = readScreen(bytes);
  const starts = frameStarts(bytes, screen);
  const { value: start } = starts.next();
  if (!start) throw corrupt("it has no frame: it may be truncated");
  const first = readFrame(bytes, screen, start);
  let count = 1;
  while (!starts.next().done) count++;
  return {
    format: "gif",
    width: Math.max(screen.width, first.left + first.width),
    height: Math.max(screen.height, first.top + first.height),
    orientation: 1,
    ...first.interlaced && { interlaced: true },
    ...count > 1 && { frames: count },
  };
}
