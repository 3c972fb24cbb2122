import assert from "node:assert/strict";
import {
  findAdapter,
  openGpu,
  tileFor,
} from "../../../src/backends/webgpu/device.ts";
import { planGraph } from "../../../src/backends/webgpu/plan.ts";
import { BackendUnavailableError } from "../../../src/errors.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { testGpu, TILE } from "./gpu.ts";

const plan = planGraph(inceptionV3({ widthMultiplier: 1 / 8 }), 8, TILE);

for (
  const limit of [
    "maxBufferSize",
    "maxStorageBufferBindingSize",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupStorageSize",
    "maxComputeWorkgroupsPerDimension",
  ] as const
) {
  testGpu(
    `an adapter whose ${limit} is too small is refused before anything is made`,
    async () => {
      const { limits } = await findAdapter();
      const small = new Proxy(limits, {
        get: (_, name) => name === limit ? 20 : Reflect.get(limits, name),
      });
      // It can't request a device.
      await assert.rejects(
        openGpu({ limits: small } as unknown as GPUAdapter, plan),
        (error) =>
          error instanceof BackendUnavailableError &&
          new RegExp(`: ${limit} must be \\d+, and is 20$`).test(error.message),
      );
    },
  );
}

testGpu("an adapter without a device to give is refused", async () => {
  const { limits } = await findAdapter();
  const adapter = {
    limits,
    requestDevice: () => Promise.reject(new TypeError("used up")),
  } as unknown as GPUAdapter;
  await assert.rejects(openGpu(adapter, plan), BackendUnavailableError);
});

testGpu(
  "an adapter whose driver doesn't compile the kernels is refused, its device freed",
  async () => {
    const adapter = await findAdapter();
    const device = await adapter.requestDevice();
    device.createComputePipelineAsync = () => Promise.reject(new Error("no"));
    const broken = {
      limits: adapter.limits,
      requestDevice: () => Promise.resolve(device),
    } as unknown as GPUAdapter;
    await assert.rejects(
      openGpu(broken, plan),
      (error) =>
        error instanceof BackendUnavailableError &&
        /compile/.test(error.message),
    );
    assert.equal((await device.lost).reason, "destroyed");
  },
);

Deno.test("an emulation has larger tiles than a GPU", () => {
  const tiles = [true, false].map((isFallbackAdapter) =>
    tileFor({ info: { isFallbackAdapter } } as GPUAdapter)
  );
  const [emulated, real] = tiles.map((it) => it.pixels * it.panels);
  assert.ok(emulated! > real!);
});
