import type { TimeSlice } from "../../async/yield.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import type { Animation } from "./animation.ts";
import { withPixels } from "../workspace.ts";
import { blend, createCanvas } from "./canvas.ts";

/**
 * Emits the rows of the canvas with the first frame, over white.
 *
 * @param inOrder Whether the frame's rows come from top to bottom: then only one row is
 * kept in memory instead of the canvas.
 */
export async function emitFirstFrame(
  { width, height, frames }: Animation,
  inOrder: boolean,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const frame = frames[0]!;
  if (!inOrder) {
    return await withPixels(width, height, async (data) => {
      const canvas = createCanvas(width, height, data);
      const visible = canvas.clip(frame);
      await frame.decode(visible.bottom - visible.top, timeSlice, (row, y) => {
        canvas.draw(row, y, frame);
      });
      await emitRows(canvas.pixels, timeSlice, take);
    });
  }
  const line = new Uint8Array(width * 4);
  let next = 0;
  const emitTo = (end: number) => {
    while (next < end) take(line.fill(255), next++);
  };
  await frame.decode(frame.bottom - frame.top, timeSlice, (row, y) => {
    emitTo(frame.top + y);
    blend(row, line.fill(255), frame.left * 4);
    take(line, next++);
  });
  emitTo(height);
}
