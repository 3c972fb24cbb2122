import {
  findAdapter,
  type Gpu,
  openGpu,
} from "../../../src/backends/webgpu/device.ts";
import type { ConvTile } from "../../../src/backends/webgpu/layout.ts";
import type { Plan } from "../../../src/backends/webgpu/plan.ts";
import {
  calibrateByBatchNorm,
  quantizeNetwork,
} from "../../../src/weights/mod.ts";
import {
  inceptionV3,
  type InceptionV3Options,
  type QuantizedNetwork,
} from "../../../src/model/mod.ts";
import { importModel } from "../../layers_model.ts";
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

/** A network as narrow as one can be whose concatenations are of whole words. */
export async function wholeWordNetwork(
  architecture: Omit<InceptionV3Options, "variant"> = {},
): Promise<QuantizedNetwork> {
  const network = await importModel({
    architecture: {
      widthMultiplier: 1 / 8,
      classes: 7,
      hiddenUnits: [9],
      ...architecture,
    },
  });
  const graph = inceptionV3(network.architecture);
  return quantizeNetwork(network, calibrateByBatchNorm(network, graph), {
    source: "noise",
    license: "CC0-1.0",
  });
}
