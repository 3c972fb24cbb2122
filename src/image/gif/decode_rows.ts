import type { TimeSlice } from "../../async/yield.ts";
import { emitFirstFrame } from "../animation/first_frame.ts";
import type { ImageHeader } from "../image_format.ts";
import type { TakeRows } from "../rows.ts";
import { openGif } from "./animation.ts";

/**
 * Decodes the first frame of a GIF, over white, on the canvas of all frames. It needs
 * memory for a few rows, or for the canvas if the frame is interlaced. Nothing after
 * the frame is read.
 */
export async function decodeGifRows(
  bytes: Uint8Array,
  header: ImageHeader,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const animation = openGif(bytes, header, 1);
  await emitFirstFrame(animation, !header.interlaced, timeSlice, take);
}
