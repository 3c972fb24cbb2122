import type { TimeSlice } from "../../async/yield.ts";
import { emitFirstFrame } from "../animation/first_frame.ts";
import type { ImageHeader } from "../image_format.ts";
import type { TakeRows } from "../rows.ts";
import { openGif } from "./animation.ts";

/**
 * Decodes the first frame of a GIF, over white, on the canvas of all frames. It takes a
 * few rows, or the canvas where the frame is interlaced. What follows the frame isn't
 * read.
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
