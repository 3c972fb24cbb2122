/**
 * All kernels, by name.
 *
 * @module
 */
import { borderKernel } from "./border.ts";
import type { ConvTile } from "../layout.ts";
import { convKernel } from "./conv.ts";
import { denseKernel } from "./dense.ts";
import type { Kernel } from "./kernel.ts";
import { avgPoolKernel, globalAvgPoolKernel, maxPoolKernel } from "./pools.ts";

/** The kernels for tiles of convolutions of one kind. */
export function kernelsFor(tile: ConvTile) {
  return {
    border: borderKernel,
    conv: convKernel(tile),
    maxPool: maxPoolKernel,
    avgPool: avgPoolKernel,
    globalAvgPool: globalAvgPoolKernel,
    dense: denseKernel,
  } satisfies Record<string, Kernel>;
}

/** The kernels. */
export type GpuKernels = ReturnType<typeof kernelsFor>;

/** A kernel's name. */
export type KernelName = keyof GpuKernels;
