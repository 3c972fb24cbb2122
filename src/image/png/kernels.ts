import { type Kernels, reuseKernels } from "../reuse_kernels.ts";

/** The exports of the kernels; see `kernels/`. Addresses are in their memory. */
export interface PngKernels extends Kernels {
  crc32(crc: number, at: number, bytes: number): number;
  open(output: number, outputEnd: number): void;
  feed(from: number, to: number, isLast: boolean): void;
  position(): number;
  readRow(to: number, bytes: number): number;
  finish(): number;
  unfilterRow(
    filter: number,
    row: number,
    above: number,
    bytes: number,
    pixel: number,
  ): number;
  expandRow(
    kind: number,
    depth: number,
    from: number,
    to: number,
    width: number,
    colors: number,
    key: bigint,
    isStraight: boolean,
  ): void;
}

/** Runs a function with the kernels and their own memory. */
export const withKernels = reuseKernels<PngKernels>(
  "png",
  () => import("./modules/png.ts"),
);
