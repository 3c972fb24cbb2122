import {
  findAdapter,
  type Gpu,
  openGpu,
} from "../../../src/backends/webgpu/device.ts";
import type { ConvTile } from "../../../src/backends/webgpu/layout.ts";
import type { Plan } from "../../../src/backends/webgpu/plan.ts";
import { WEBGPU } from "../../webgpu.ts";

/** Small enough to leave a rest of pixels and of panels in every test. */
export const TILE: ConvTile = { products: "dot4", pixels: 4, panels: 2 };

/** Tests what needs an adapter, be it in software. */
export function testGpu(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: WEBGPU ? name : `${name} (skipped: no adapter)`,
    ignore: !WEBGPU,
    fn,
  });
}

/** A device for a plan, on whatever adapter there is. */
export async function gpuFor(plan: Plan): Promise<Gpu> {
  return await openGpu(await findAdapter(), plan);
}
