import {
  findAdapter,
  type Gpu,
  openGpu,
} from "../../../src/backends/webgpu/device.ts";
import type { ConvTile } from "../../../src/backends/webgpu/layout.ts";
import type { Plan } from "../../../src/backends/webgpu/plan.ts";
import { WEBGPU } from "../../webgpu.ts";

/** Small enough to leave remainders of pixels and of panels in every test. */
export const TILE: ConvTile = { products: "dot4", pixels: 4, panels: 2 };

/** Registers a test that needs an adapter, possibly in software. */
export function testGpu(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: WEBGPU ? name : `${name} (skipped: no adapter)`,
    ignore: !WEBGPU,
    fn,
  });
}

/** Opens a device for a plan, on the available adapter. */
export async function gpuFor(plan: Plan): Promise<Gpu> {
  return await openGpu(await findAdapter(), plan);
}
