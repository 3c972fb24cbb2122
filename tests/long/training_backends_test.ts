/**
 * Training on tfjs's other backends, which is slow on emulated WebGPU.
 */
import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { trainNetwork } from "../../src/train/train_network.ts";
import type { TrainingBackend } from "../../src/train/train_options.ts";
import { assertClose } from "../train/assert_close.ts";
import { testBlocks } from "../train/block_gradients.ts";
import { patternImage, PATTERNS } from "../train/patterns.ts";
import { WEBGPU } from "../webgpu.ts";

const SIDE = 75;
const IMAGES = PATTERNS.flatMap((pattern, classIndex) =>
  [0, 1].map((i) => ({
    pixels: patternImage(pattern, SIDE, i).data,
    classIndex,
  }))
);

testBlocks("cpu");
testBlocks("webgpu");

for (const backend of ["cpu", "webgpu"] as const) {
  const ignore = backend === "webgpu" && !WEBGPU;
  const where = ignore ? `${backend} (skipped: no adapter)` : backend;
  Deno.test({
    name: `trainNetwork() goes the same way on ${where} as on wasm`,
    ignore,
    async fn() {
      const run = async (backend: TrainingBackend) => {
        const losses: number[] = [];
        const network = await trainNetwork(IMAGES, {
          labels: PATTERNS,
          variant: SIDE,
          auxiliary: false,
          batchSize: 12,
          widthMultiplier: 1 / 32,
          optimizer: "rmsprop",
          learningRate: 0.002,
          epochs: 2,
          backend,
          onEpoch: ({ loss }) => losses.push(loss),
        });
        return { losses, layers: network.layers };
      };
      const expected = await run("wasm");
      const tensors = tf.memory().numTensors;
      const found = await run(backend);
      assert.equal(tf.memory().numTensors, tensors);
      const [before, after] = expected.losses as [number, number];
      assert.ok(Math.abs(after - before) > 0.03, `${expected.losses}`);
      assertClose(found.losses, expected.losses, 1e-3);
      // The layer where rounding errors have accumulated least.
      const { batchNorm } = found.layers.get("Conv2d_2b_3x3")!;
      const wanted = expected.layers.get("Conv2d_2b_3x3")!.batchNorm!;
      for (const key of ["mean", "variance", "beta"] as const) {
        assertClose(batchNorm![key]!, wanted[key]!, 1e-3);
      }
    },
  });
}
