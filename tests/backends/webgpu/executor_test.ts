import assert from "node:assert/strict";
import { openExecutor } from "../../../src/backends/webgpu/executor.ts";
import type { ConvTile } from "../../../src/backends/webgpu/layout.ts";
import { gpuBytes, planGraph } from "../../../src/backends/webgpu/plan.ts";
import {
  type Graph,
  inceptionV3,
  type InceptionV3Options,
  inferShapes,
  isWeighted,
} from "../../../src/model/mod.ts";
import { elementCount } from "../../../src/model/shapes.ts";
import {
  convExtents,
  packedShape,
} from "../../../src/weights/quantize/pack.ts";
import { noise } from "../../random.ts";
import {
  evaluate,
  type Int8Network,
  randomNetwork,
} from "../simd/int8_network.ts";
import { gpuFor, testGpu, TILE } from "./gpu.ts";

const NETWORKS: Record<string, InceptionV3Options> = {
  "the smallest image": {
    variant: 75,
    widthMultiplier: 1 / 8,
    classes: 5,
    hiddenUnits: [7],
  },
  "padding that counts": {
    variant: "low79",
    widthMultiplier: 1 / 8,
    classes: 5,
    countIncludePad: true,
  },
  "FID's, of maxima": {
    variant: 131,
    widthMultiplier: 1 / 8,
    classes: 1,
    lastPool: "max",
    pooling: "max",
    activation: "sigmoid",
  },
  "cut, of all activations": {
    variant: 75,
    widthMultiplier: 1 / 8,
    classes: 5,
    lastBlock: "Mixed_6a",
    pooling: "flatten",
    activation: "none",
  },
};

const TILES: readonly { readonly bits: 7 | 8; readonly tile: ConvTile }[] = [
  { bits: 8, tile: TILE },
  { bits: 7, tile: { products: "f32", pixels: 8, panels: 1 } },
  { bits: 8, tile: { products: "f32", pixels: 1, panels: 3 } },
];

for (const [name, options] of Object.entries(NETWORKS)) {
  for (const { bits, tile } of TILES) {
    const { products, pixels, panels } = tile;
    testGpu(
      `the executor gives the codes of the reference: ${name}, ${products}, ${pixels} x ${panels}`,
      async () => {
        const graph = inceptionV3(options);
        const network = randomNetwork(graph, 1);
        const image = noise(graph.input[0]);
        const expected = evaluate(network, graph, image, bits);
        const plan = planGraph(graph, bits, tile);
        const executor = await openExecutor(await gpuFor(plan), plan, network);
        for (const output of ["activations", "features", "logits"] as const) {
          const { steps, range } = plan.outputs.get(output)!;
          const bytes = await executor.run(1, image, steps, range);
          const values = expected.get(graph.outputs[output]!)!;
          const found = output === "activations"
            ? new Uint8Array(bytes)
            : new Float32Array(bytes);
          assert.equal(found.length, values.length);
          compare(found, values);
        }
        executor.close();
      },
    );
  }
}

/**
 * Codes may be each other's neighbours now and then, as devices may fuse a
 * multiplication with an addition.
 */
function compare(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  let different = 0;
  const values = Array.from(expected);
  const most = values.reduce((most, it) => Math.max(most, Math.abs(it)), 0);
  const step = expected instanceof Uint8Array ? 1 : most / 100;
  for (const [i, value] of values.entries()) {
    const difference = Math.abs(found[i]! - value);
    assert.ok(difference <= step, `${i}: ${found[i]}, not ${value}`);
    if (difference > most * 1e-5) different++;
  }
  assert.ok(most > 0);
  assert.ok(
    different <= values.length / 50,
    `${different} of ${values.length}`,
  );
}

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

/** A network of any size that takes no time to make. */
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
