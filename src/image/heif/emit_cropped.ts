import type { TimeSlice } from "../../async/yield.ts";
import { flattenOverWhite } from "../flatten.ts";
import type { Pixels } from "../pixels.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import type { HeifHeader } from "./header.ts";

/** Emits the visible rows of a decoded image, opaque. */
export async function emitCropped(
  image: Pixels,
  { crop }: HeifHeader,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  await timeSlice.yield();
  await emitRows(image, timeSlice, (rows, row) => {
    if (row < crop.top || row >= crop.bottom) return;
    const shown = rows.subarray(crop.left * 4, crop.right * 4);
    flattenOverWhite(shown);
    take(shown, row - crop.top);
  });
}
