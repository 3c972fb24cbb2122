import { borderKernel } from "./border.ts";
import type { ConvTile } from "../layout.ts";
import { convKernel } from "./conv.ts";
import { denseKernel } from "./dense.ts";
import type { Kernel } from "./kernel.ts";
import {
  flattenKernel,
  globalAvgPoolKernel,
  globalMaxPoolKernel,
} from "./global_pools.ts";
import { avgPoolKernel, maxPoolKernel } from "./pools.ts";

/** The kernels of the GPU, by name. Convolutions compute tiles of `tile`. */
export function kernelsFor(tile: ConvTile) {
  return {
    border: borderKernel,
    conv: convKernel(tile),
    maxPool: maxPoolKernel,
    avgPool: avgPoolKernel,
    globalAvgPool: globalAvgPoolKernel,
    globalMaxPool: globalMaxPoolKernel,
    flatten: flattenKernel,
    dense: denseKernel,
  } satisfies Record<string, Kernel>;
}

export type GpuKernels = ReturnType<typeof kernelsFor>;

export type KernelName = keyof GpuKernels;
