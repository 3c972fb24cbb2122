/**
 * Gradients through the blocks of the network, against finite differences.
 */
import type {
  Scalar,
  Tensor,
  Tensor4D,
  Tfjs,
} from "../../src/backends/tfjs/types.ts";
import { loadTfjs } from "../../src/backends/tfjs/load_tfjs.ts";
import { type Graph, INPUT, type Shape } from "../../src/model/mod.ts";
import { createParameters } from "../../src/train/parameters.ts";
import { runForward } from "../../src/train/forward.ts";
import { withGradient } from "../../src/train/layers/with_gradient.ts";
import type { Tensors } from "../../src/train/parameters.ts";
import type { TrainingBackend } from "../../src/train/train_options.ts";
import { randomNumbers } from "../random.ts";
import { WEBGPU } from "../webgpu.ts";
import { blockOf, CONV, randomTensor } from "./blocks.ts";
import { checkGradients, mapTensors } from "./gradients.ts";

/** A layer before the checked block, so that gradients pass through all of the block. */
export const INPUT_LAYER = "before";

/** A block's name, its nodes, and the size of its input. */
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

/** Registers a test for each kind of block. */
export function testBlocks(backend: TrainingBackend): void {
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

/** Compares a graph's gradients with finite differences. */
export async function checkBlock(
  backend: TrainingBackend,
  graph: Graph,
): Promise<void> {
  await withTensors(backend, async (tf) => {
    // Away from the bends of ReLUs, with kernels large enough to matter.
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

/** Runs `action` on a backend, and disposes all tensors that it makes. */
async function withTensors(
  backend: TrainingBackend,
  action: (tf: Tfjs) => Promise<void>,
): Promise<void> {
  const tf = await loadTfjs(backend);
  await tf.setBackend(backend);
  tf.engine().startScope();
  try {
    await action(tf);
  } finally {
    tf.engine().endScope();
  }
}

/** The sum of all values, each with its own factor. */
function weighted(tf: Tfjs, output: Tensor, factors: Tensor): Scalar {
  return withGradient(tf, [output], () => ({
    value: tf.sum(tf.mul(output, factors)) as Scalar,
    saved: [factors],
    gradient: (dy, [factors]) => [tf.mul(factors, dy)],
  }));
}
