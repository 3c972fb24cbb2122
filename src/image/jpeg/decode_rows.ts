import type { TimeSlice } from "../../async/yield.ts";
import type { Region, TakeRows } from "../rows.ts";
import { type JpegKernels, withKernels } from "./kernels.ts";
import { type Layout, planMemory } from "./layout.ts";
import { openScan, scanRows } from "./open_scan.ts";
import { parseJpeg } from "./parse.ts";
import { type Denominator, type Plan, planDecoding } from "./plan.ts";
import type { WasmMemory } from "./records.ts";
import { writeFrame } from "./write_frame.ts";

export interface JpegRows {
  readonly bytes: Uint8Array;
  /** Whether the file may be cut short; the rest is grey. */
  readonly mayEnd: boolean;
  /** The reduction at which the image is decoded; 1 unless given. */
  readonly denominator?: Denominator | undefined;
  /** The pixels to decode, at that scale; all unless given. */
  readonly region?: Region | undefined;
  /** Claims the memory that is planned. It may throw. */
  claimMemory(bytes: number): void;
}

/**
 * Decodes a JPEG, a row of MCUs at a time. At full size the pixels of a complete file
 * are libjpeg's, to the bit. Memory is bounded as {@linkcode planMemory} says.
 */
export async function decodeJpegRows(
  { bytes, mayEnd, denominator, region, claimMemory }: JpegRows,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  const jpeg = parseJpeg(bytes, mayEnd);
  const plan = planDecoding(jpeg, denominator, region);
  const layout = planMemory(plan);
  claimMemory(layout.bytes);
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
        const rows = scanRows(scan, plan);
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

/** Emits pixels as soon as all of their samples are decoded. */
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
    /** Whether a row of MCUs is needed, at least for interpolation. */
    needs: (row: number) => (row + 1) * rowHeight + delay > region.top,
    row(row: number) {
      const ready = row + 1 === rows ? height : (row + 1) * rowHeight - delay;
      const end = Math.min(ready, region.bottom);
      const count = end - next;
      if (count <= 0) return;
      kernels.convertRows(layout.frame, next, count, layout.pixels);
      const { buffer } = kernels.memory;
      take(new Uint8Array(buffer, layout.pixels, width * count * 4), next);
      next = end;
    },
  };
}
