import type { TimeSlice } from "../../async/yield.ts";
import { emitFirstFrame } from "../animation/first_frame.ts";
import { flattenOverWhite } from "../flatten.ts";
import type { ImageHeader } from "../image_format.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import { openWebp } from "./animation.ts";
import { completeWebp } from "./chunks.ts";
import { decodeStill } from "./decode_still.ts";
import { isAnimated } from "./header.ts";

/**
 * Decodes a whole WebP, or the first frame of an animated one, and emits its rows,
 * opaque.
 */
export async function decodeWebpRows(
  bytes: Uint8Array,
  header: ImageHeader,
  isScarce: boolean,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  if (isAnimated(bytes)) {
    const animation = openWebp(bytes, header, isScarce, 1);
    return await emitFirstFrame(animation, true, timeSlice, take);
  }
  completeWebp(bytes);
  await decodeStill(bytes, header, isScarce, async (image) => {
    await timeSlice.yield();
    await emitRows(image, timeSlice, (rows, first) => {
      flattenOverWhite(rows);
      take(rows, first);
    });
  });
}
