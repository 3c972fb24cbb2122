import type { TimeSlice } from "../../async/yield.ts";
import type { TakeRows } from "../rows.ts";
import { type JpegKernels, withKernels } from "./kernels.ts";
import { type Layout, planMemory } from "./layout.ts";
import { openScan, rowsOf } from "./open_scan.ts";
import type { ParsedJpeg } from "./parse.ts";
import type { Plan } from "./plan.ts";
import type { WasmMemory } from "./records.ts";
import { writeFrame } from "./write_frame.ts";

/**
 * Decodes a JPEG as planned, a row of MCUs at a time, and hands out its pixels.
 * At its full size these are what libjpeg makes of it, to the bit, if it is
 * complete.
 *
 * Rows are as wide as the region, and no others are handed out.
 *
 * The file is read in windows, and so memory is bounded as
 * {@linkcode planMemory} says.
 *
 * @throws {AbortedError} When the time slice's signal fires.
 * @throws {ImageTooLargeError} When memory can't be had.
 */
export async function decodeRows(
  jpeg: ParsedJpeg,
  plan: Plan,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const layout = planMemory(plan);
  await withKernels(layout.bytes, async (kernels) => {
    const { buffer } = kernels.memory;
    const memory: WasmMemory = {
      bytes: new Uint8Array(buffer as ArrayBuffer),
      view: new DataView(buffer),
    };
    writeFrame(memory, jpeg, plan, layout);
    const emit = startEmitting(kernels, plan, layout, take);
    if (plan.isStored) {
      memory.bytes.fill(0, layout.blocks, kernels.usedBytes);
      for (const scan of jpeg.scans) {
        const decode = openScan(kernels, memory, plan, layout, scan);
        const rows = rowsOf(scan, plan);
        for (let row = 0; row < rows; row++) {
          decode(row, true);
          if (timeSlice.isOver()) await timeSlice.yield();
        }
      }
    }
    const decode = plan.isStored
      ? (row: number, isVisible: boolean) => {
        if (isVisible) kernels.reconstructRow(layout.frame, row);
      }
      : openScan(kernels, memory, plan, layout, jpeg.scans[0]!);
    for (let row = 0; row < plan.rows && !emit.isDone(); row++) {
      decode(row, emit.needs(row));
      emit.row(row);
      if (timeSlice.isOver()) await timeSlice.yield();
    }
  });
}

/** Hands out pixels as soon as all that they are made of is there. */
function startEmitting(
  kernels: JpegKernels,
  { region, rowHeight, rows, delay, height }: Plan,
  layout: Layout,
  take: TakeRows,
) {
  let next = region.top;
  const width = region.right - region.left;
  return {
    isDone: () => next >= region.bottom,
    /** Whether a row of MCUs is needed, for interpolation too. */
    needs: (row: number) => (row + 1) * rowHeight + delay > region.top,
    row(row: number) {
      const ready = row + 1 === rows ? height : (row + 1) * rowHeight - delay;
      const end = Math.min(ready, region.bottom);
      const count = end - next;
      if (count <= 0) return;
      kernels.convertRows(layout.frame, next, count, layout.pixels);
      take(
        new Uint8Array(
          kernels.memory.buffer,
          layout.pixels,
          width * count * 4,
        ),
        next,
      );
      next = end;
    },
  };
}
