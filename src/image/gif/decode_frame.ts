import type { TimeSlice } from "../../async/yield.ts";
import type { TakeFrameRow } from "../animation/animation.ts";
import type { GifFrame } from "./blocks.ts";
import { startLzw } from "./lzw.ts";

/**
 * The passes of interlaced rows: the first row, and the step. GIF89a, appendix E.
 */
const PASSES = [[0, 8], [4, 8], [2, 4], [1, 2]] as const;

/**
 * Decodes the first `height` rows of a frame to RGBA, in stored order. It needs 16 KB
 * plus 5 bytes per pixel of a row. A colour that the palette lacks is black; without a
 * palette, indices are levels of grey.
 */
export async function decodeGifFrame(
  bytes: Uint8Array,
  frame: GifFrame,
  height: number,
  timeSlice: TimeSlice,
  take: TakeFrameRow,
): Promise<void> {
  const lzw = startLzw(bytes, frame.data, frame.literalBits);
  const colors = colorsOf(frame);
  const indices = new Uint8Array(frame.width);
  const words = new Uint32Array(frame.width);
  const row = new Uint8Array(words.buffer);
  if (frame.width === 0) return;
  for (const y of rowOrder(frame, height)) {
    while (!lzw.read(indices)) if (timeSlice.isOver()) await timeSlice.yield();
    if (y >= height) continue;
    for (let x = 0; x < words.length; x++) words[x] = colors[indices[x]!]!;
    take(row, y);
    if (timeSlice.isOver()) await timeSlice.yield();
  }
}

function* rowOrder(frame: GifFrame, height: number): Generator<number> {
  const passes = frame.interlaced ? PASSES : [[0, 1]] as const;
  // In an interlaced frame, unneeded rows are stored between needed ones.
  const end = frame.interlaced ? frame.height : height;
  for (const [first, step] of passes) {
    for (let y = first; y < end; y += step) yield y;
  }
}

/** RGBA by index, as words. */
function colorsOf({ palette, transparent }: GifFrame): Uint32Array {
  const bytes = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) {
    for (let c = 0; c < 3; c++) {
      bytes[i * 4 + c] = palette.length === 0 ? i : palette[i * 3 + c] ?? 0;
    }
    bytes[i * 4 + 3] = 255;
  }
  const words = new Uint32Array(bytes.buffer);
  if (transparent >= 0) words[transparent] = 0;
  return words;
}
