import assert from "node:assert/strict";
import type { Scalar, Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tfjs } from "../../src/backends/tfjs/execute.ts";
import { type Graph, INPUT, type Shape } from "../../src/model/mod.ts";
import { createParameters } from "../../src/train/create_parameters.ts";
import { runFolded, runForward } from "../../src/train/forward.ts";
import { squareLoss } from "../../src/train/layers/square_loss.ts";
import { withGradient } from "../../src/train/layers/with_gradient.ts";
import { mapTensors, type Tensors } from "../../src/train/parameters.ts";
import {
  loadTrainingBackend,
  type TrainingBackend,
} from "../../src/train/training_backend.ts";
import { randomNumbers } from "../random.ts";
import { WEBGPU } from "../webgpu.ts";
import { blockOf, CONV, randomTensor } from "./blocks.ts";
import { checkGradients } from "./gradients.ts";

const INPUT_LAYER = "before";

/** Which part of the network, from an activation of which size. */
const BLOCKS: [name: string, nodes: RegExp, size: Shape][] = [
  ["the stem, strided and pooled", /^(Conv2d|MaxPool)_\w+$/, [43, 43, 3]],
  ["block A", /^Mixed_5b/, [6, 6, 12]],
  ["block B, the grid reduction", /^Mixed_6a/, [7, 8, 18]],
  ["block C, 7 x 7 factorized", /^Mixed_6b/, [5, 6, 48]],
  ["block D, the second reduction", /^Mixed_7a/, [7, 6, 48]],
  ["block E, expanded", /^Mixed_7b/, [3, 4, 80]],
  ["the auxiliary classifier", /^AuxLogits/, [17, 17, 48]],
  ["the head", /^(AvgPool_1a|Logits)/, [2, 3, 128]],
];

for (const backend of ["wasm", "cpu", "webgpu"] as const) {
  const ignore = backend === "webgpu" && !WEBGPU;
  const where = ignore ? `${backend} (skipped: no adapter)` : backend;
  for (const [name, nodes, size] of BLOCKS) {
    Deno.test({
      name:
        `gradients through ${name} agree with finite differences on ${where}`,
      ignore,
      async fn() {
        if (size[2] === 3) {
          return await checkBlock(backend, blockOf(nodes, size, INPUT));
        }
        // A layer before it, so that something learns through all its branches.
        const before = { ...CONV, name: INPUT_LAYER, channels: size[2] };
        const block = blockOf(nodes, size, INPUT_LAYER);
        await checkBlock(backend, {
          ...block,
          nodes: [before, ...block.nodes],
        });
      },
    });
  }
}

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

async function checkBlock(
  backend: TrainingBackend,
  graph: Graph,
): Promise<void> {
  await withTensors(backend, async (tf) => {
    // Away from where ReLUs bend, and kernels so large that they tell.
    const parameters = mapTensors(
      tf,
      createParameters(tf, graph, randomNumbers(5)),
      (it, name) => name.endsWith(".kernel") ? it : tf.add(it, 2),
    );
    const images = randomTensor(tf, [4, ...graph.input], 2) as Tensor4D;
    const outputOf = (parameters: Tensors) =>
      runForward(tf, graph, parameters, images, [graph.outputs.features])[0]!;
    const output = outputOf(parameters);
    const factors = randomTensor(tf, output.shape, 8);
    const size = Math.hypot(...await output.data());
    await checkGradients(
      tf,
      parameters,
      (parameters) => weighted(tf, outputOf(parameters), factors),
      { tolerance: 0.05, size },
    );
  });
}

/** Runs `action` on a backend; all tensors that it makes are gone then. */
async function withTensors(
  backend: TrainingBackend,
  action: (tf: Tfjs) => Promise<void>,
): Promise<void> {
  const tf = await loadTrainingBackend(backend);
  await tf.setBackend(backend);
  tf.engine().startScope();
  try {
    await action(tf);
  } finally {
    tf.engine().endScope();
  }
}

/** The sum of all values, each by its own factor. */
function weighted(tf: Tfjs, output: Tensor, factors: Tensor): Scalar {
  return withGradient(tf, [output], () => ({
    value: tf.sum(tf.mul(output, factors)) as Scalar,
    saved: [factors],
    gradient: (dy, [factors]) => [tf.mul(factors, dy)],
  }));
}
