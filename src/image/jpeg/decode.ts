import { type Orientation, startUpright } from "../orientation.ts";
import type { TimeSlice } from "../../async/yield.ts";
import type { Pixels } from "../pixels.ts";
import { decodeRows } from "./decode_rows.ts";
import { parseJpeg } from "./parse.ts";
import { planDecoding } from "./plan.ts";

/**
 * Decodes a whole JPEG at its full size, upright.
 *
 * @param mayEnd Whether a file that is cut short is taken as far as it goes; the
 * rest is grey.
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  orientation: Orientation,
  mayEnd: boolean,
  timeSlice: TimeSlice,
): Promise<Pixels> {
  const jpeg = parseJpeg(bytes, mayEnd);
  const plan = planDecoding(
    jpeg,
    1,
    (right, bottom) => ({ left: 0, top: 0, right, bottom }),
  );
  const { image, addRows } = startUpright(plan, orientation);
  await decodeRows(jpeg, plan, timeSlice, addRows);
  return image;
}
