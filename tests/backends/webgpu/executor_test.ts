import assert from "node:assert/strict";
import { openExecutor } from "../../../src/backends/webgpu/executor.ts";
import { gpuBytes, planGraph } from "../../../src/backends/webgpu/plan.ts";
import {
  type Graph,
  inceptionV3,
  inferShapes,
  isWeighted,
} from "../../../src/model/mod.ts";
import { elementCount } from "../../../src/model/shapes.ts";
import {
  convExtents,
  packedShape,
} from "../../../src/weights/quantize/pack.ts";
import { noise } from "../../random.ts";
import { type Int8Network, randomNetwork } from "../simd/int8_network.ts";
import { testExecutor } from "./executor_cases.ts";
import { gpuFor, testGpu, TILE } from "./gpu.ts";

// The other networks are in tests/long, since GPUs are mostly emulated.
testExecutor(["the smallest image", "cut, of all activations"]);

testGpu(
  "the executor makes buffers of the planned size, for 299 pixels",
  async () => {
    const graph = inceptionV3();
    const plan = planGraph(graph, 8, TILE);
    const gpu = await gpuFor(plan);
    let bytes = 0;
    const { device } = gpu;
    const createBuffer = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      bytes += descriptor.size;
      return createBuffer(descriptor);
    };
    const executor = await openExecutor(gpu, plan, zeroNetwork(graph));
    assert.equal(bytes, gpuBytes(plan));
    assert.ok(bytes < 40 * 2 ** 20, `${bytes} bytes`);
    executor.close();
  },
);

testGpu("slots don't disturb each other, nor an image the next", async () => {
  const graph = inceptionV3({
    variant: 75,
    widthMultiplier: 1 / 8,
    classes: 3,
  });
  const plan = planGraph(graph, 8, TILE);
  const network = randomNetwork(graph, 2);
  const executor = await openExecutor(await gpuFor(plan), plan, network);
  const images = [noise(75), noise(75, 2), new Uint8Array(75 * 75 * 4)];
  const run = (lane: number, image: number) => {
    const { steps, range } = plan.outputs.get("features")!;
    return executor.run(lane, images[image]!, steps, range);
  };
  const alone = [await run(0, 0), await run(0, 1), await run(0, 2)];
  for (const [a, b] of [[0, 1], [2, 0], [1, 2]] as const) {
    const found = await Promise.all([run(0, a), run(1, b)]);
    assert.deepEqual(found, [alone[a], alone[b]]);
  }
  assert.notDeepEqual(alone[0], alone[1]);
  executor.close();
});

/** A network of any size that is quick to make. */
function zeroNetwork(graph: Graph): Int8Network {
  const shapes = inferShapes(graph);
  return {
    quantized(name) {
      const node = graph.nodes.filter(isWeighted)
        .find((it) => it.name === name)!;
      const input = shapes.get(node.input)!;
      const [, , outputs] = shapes.get(name)!;
      const values = node.op === "conv"
        ? packedShape(convExtents(node, input)).reduce((a, b) => a * b)
        : outputs * elementCount(input);
      return {
        weight: new Int8Array(values),
        scale: new Float32Array(outputs),
        bias: new Float32Array(outputs),
      };
    },
    absMax: () => 1,
  };
}
