import assert from "node:assert/strict";
import { measureGpuLayers } from "../../bench/webgpu_layers.ts";
import { findAdapter } from "../../src/backends/webgpu/device.ts";
import { planGraph } from "../../src/backends/webgpu/plan.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { testGpu, TILE } from "../backends/webgpu/gpu.ts";
import { wholeWordNetwork } from "../backends/webgpu/whole_word_network.ts";
import { noise } from "../random.ts";

const network = await wholeWordNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const names = planGraph(graph, 8, TILE).steps.map(({ step }) =>
  step.op === "border" ? "a border of" : step.node.name
);

for (
  const [clock, first] of [
    ["with timestamps", /^By the GPU's timestamps/],
    ["without timestamps", /^The adapter has no timestamps/],
  ] as const
) {
  testGpu(`each layer's time is told, ${clock}`, async () => {
    const real = await findAdapter();
    const hasClock = clock === "with timestamps";
    if (hasClock && !real.features.has("timestamp-query")) return;
    const adapter = {
      features: new Set(hasClock ? ["timestamp-query"] : []),
      limits: real.limits,
      requestDevice: (wanted: GPUDeviceDescriptor) =>
        real.requestDevice(wanted),
    } as unknown as GPUAdapter;

    const lines: string[] = [];
    const { log } = console;
    console.log = (...parts: string[]) => lines.push(parts.join(" "));
    try {
      await measureGpuLayers(graph, network, noise(75), TILE, 1, adapter);
    } finally {
      console.log = log;
    }
    assert.match(lines[0]!, first);
    const layers = lines.slice(2, -2);
    assert.equal(layers.length, names.length);
    for (const [i, name] of names.entries()) {
      assert.ok(layers[i]!.startsWith(name), layers[i]);
      const [, ms] = layers[i]!.match(/ ([0-9.]+) +[0-9.]+%/)!;
      assert.ok(Number(ms) >= 0, layers[i]);
    }
    assert.match(lines.at(-2)!, /^all +[0-9.]+ 100.0%/);
    assert.match(lines.at(-1)!, /^An image in one pass.* [0-9.]+ ms$/);
  });
}
