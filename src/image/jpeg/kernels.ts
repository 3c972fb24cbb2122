import { type Kernels, reuseKernels } from "../reuse_kernels.ts";

/** The exports of the kernels; see `kernels/`. */
export interface JpegKernels extends Kernels {
  buildTable(table: number, definition: number): void;
  decodeRow(scan: number): number;
  reconstructRow(frame: number, row: number): void;
  convertRows(frame: number, first: number, count: number, out: number): void;
}

/** Runs a function with the kernels and their own memory. */
export const withKernels = reuseKernels<JpegKernels>(
  "jpeg",
  () => import("./modules/jpeg.ts"),
);
