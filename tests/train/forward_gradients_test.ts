import assert from "node:assert/strict";
import type { Tensor1D, Tensor4D } from "../../src/backends/tfjs/types.ts";
import { INPUT } from "../../src/model/mod.ts";
import { createParameters } from "../../src/train/create_parameters.ts";
import { runFolded } from "../../src/train/forward.ts";
import { squareLoss } from "../../src/train/layers/square_loss.ts";
import type { Tensors } from "../../src/train/parameters.ts";
import { randomNumbers } from "../random.ts";
import {
  checkBlock,
  INPUT_LAYER,
  testBlocks,
  withTensors,
} from "./block_gradients.ts";
import { blockOf, CONV, randomTensor } from "./blocks.ts";
import { checkGradients } from "./gradients.ts";

testBlocks("wasm"); // The other backends are among the long tests.

Deno.test("gradients through convolutions agree, strided, padded, or with pixels left over", async () => {
  for (
    const [kernel, stride] of [
      [[3, 3], 1],
      [[1, 4], 1],
      [[2, 1], 1],
      [[3, 3], 2],
      [[3, 3], 3],
    ] as const
  ) {
    for (const padding of ["same", "valid"] as const) {
      await checkBlock("wasm", {
        input: [11, 12, 3],
        nodes: [
          { ...CONV, name: INPUT_LAYER },
          {
            ...CONV,
            name: "conv",
            input: INPUT_LAYER,
            kernel,
            stride,
            padding,
          },
        ],
        outputs: { features: "conv" },
      });
    }
  }
});

Deno.test("gradients through pools agree, strided, padded, or with pixels left over", async () => {
  for (const op of ["avgPool", "maxPool"] as const) {
    for (const [size, stride] of [[3, 1], [2, 2], [3, 2]] as const) {
      for (const padding of ["same", "valid"] as const) {
        for (const countIncludePad of [false, true]) {
          const window = { input: INPUT_LAYER, size, stride, padding };
          await checkBlock("wasm", {
            input: [11, 12, 3],
            nodes: [
              { ...CONV, name: INPUT_LAYER },
              op === "maxPool"
                ? { ...window, op, name: "pool" }
                : { ...window, op, name: "pool", countIncludePad },
              { ...CONV, name: "behind", input: "pool" },
            ],
            outputs: { features: "behind" },
          });
        }
      }
    }
  }
});

Deno.test("gradients through a stem with batch norm folded agree, to targets of weighted channels", () =>
  withTensors("wasm", async (tf) => {
    const stem = blockOf(/^(Conv2d|MaxPool)_\w+$/, [43, 43, 3], INPUT);
    const { features } = stem.outputs;
    const parameters = new Map(
      [...createParameters(tf, stem, randomNumbers(5))].map(([name, it]) => [
        name.replace(/beta$/, "bias"),
        // Away from where ReLUs bend.
        tf.add(it, name.endsWith("beta") ? 2 : 0),
      ]),
    );
    const images = randomTensor(tf, [4, ...stem.input], 2) as Tensor4D;
    const end = (parameters: Tensors) =>
      runFolded(tf, stem, parameters, images, [features])[0] as Tensor4D;
    const value = end(parameters);
    const targets = tf.add(value, randomTensor(tf, value.shape, 8)) as Tensor4D;
    const weights = tf.range(1, 1 + value.shape[3]) as Tensor1D;
    const loss = (parameters: Tensors) =>
      squareLoss(tf, end(parameters), targets, weights);
    const [expected] = await tf.mean(
      tf.mul(tf.square(tf.sub(value, targets)), weights),
    ).data();
    const [found] = await loss(parameters).data();
    assert.ok(Math.abs(found! - expected!) < 1e-4);
    await checkGradients(tf, parameters, loss, {
      tolerance: 0.05,
      size: expected!,
    });
  }));
