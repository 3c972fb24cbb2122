/**
 * A graph as it is trained: batches of images, and all of it with gradients. Batch
 * norm goes by each batch's own moments, or is folded.
 *
 * @module
 */
import type {
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor4D,
} from "../backends/tfjs/types.ts";
import type { Tfjs } from "../backends/tfjs/execute.ts";
import {
  type ConvNode,
  type Graph,
  INPUT,
  type Node,
  nodeInputs,
  nodesFor,
} from "../model/mod.ts";
import { addBias } from "./layers/add_bias.ts";
import { concatenate } from "./layers/concatenate.ts";
import { convolve } from "./layers/convolve.ts";
import { dense } from "./layers/dense.ts";
import { type Moments, normalize } from "./layers/normalize.ts";
import { averagePool, globalAveragePool, maxPool } from "./layers/pool.ts";
import type { Tensors } from "./parameters.ts";

/** Sees the moments of a convolution's results before they are normalized. */
export type MomentsObserver = (node: string, moments: Moments) => void;

/**
 * The activations of the nodes `outputs`, in their order, with batch norm by the
 * batch's moments.
 *
 * @param parameters As `createParameters` names them.
 * @param images `[images, height, width, channels]`.
 */
export function runForward(
  tf: Tfjs,
  graph: Graph,
  parameters: Tensors,
  images: Tensor4D,
  outputs: readonly string[],
  onMoments: MomentsObserver = () => {},
): readonly Tensor[] {
  return run(
    tf,
    graph,
    parameters,
    images,
    outputs,
    (node, sums, parameter) =>
      normalize(
        tf,
        sums,
        parameter("beta") as Tensor1D,
        (moments) => onMoments(node.name, moments),
      ),
  );
}

/**
 * The activations of the nodes `outputs`, in their order, with batch norm folded.
 *
 * @param parameters For each convolution `NODE.kernel` and `NODE.bias`.
 * @param images `[images, height, width, channels]`.
 */
export function runFolded(
  tf: Tfjs,
  graph: Graph,
  parameters: Tensors,
  images: Tensor4D,
  outputs: readonly string[],
): readonly Tensor[] {
  return run(
    tf,
    graph,
    parameters,
    images,
    outputs,
    (_, sums, parameter) => addBias(tf, sums, parameter("bias") as Tensor1D),
  );
}

/** From the sums of a convolution to its activation. */
type Finish = (
  node: ConvNode,
  sums: Tensor4D,
  parameter: (kind: string) => Tensor,
) => Tensor4D;

function run(
  tf: Tfjs,
  graph: Graph,
  parameters: Tensors,
  images: Tensor4D,
  outputs: readonly string[],
  finish: Finish,
): readonly Tensor[] {
  const needed = new Set(outputs.flatMap((it) => nodesFor(graph, it)));
  const activations = new Map<string, Tensor>([[INPUT, images]]);
  for (const node of graph.nodes) {
    if (!needed.has(node)) continue;
    const inputs = nodeInputs(node).map((it) => activations.get(it)!);
    const parameter = (kind: string) => parameters.get(`${node.name}.${kind}`)!;
    activations.set(
      node.name,
      evaluate(tf, node, inputs, parameter, finish),
    );
  }
  return outputs.map((name) => activations.get(name)!);
}

function evaluate(
  tf: Tfjs,
  node: Node,
  inputs: readonly Tensor[],
  parameter: (kind: string) => Tensor,
  finish: Finish,
): Tensor {
  const x = inputs[0] as Tensor4D;
  switch (node.op) {
    case "conv": {
      const kernel = parameter("kernel") as Tensor4D;
      const sums = convolve(tf, x, kernel, node, node.input === INPUT);
      return finish(node, sums, parameter);
    }
    case "maxPool":
      return maxPool(tf, x, node);
    case "avgPool":
      return averagePool(tf, x, node);
    case "concat":
      return concatenate(tf, inputs as Tensor4D[]);
    case "globalAvgPool":
      return globalAveragePool(tf, x);
    case "dense":
      return dense(
        tf,
        inputs[0] as Tensor2D,
        parameter("kernel") as Tensor2D,
        parameter("bias") as Tensor1D,
        node.activation,
      );
    case "softmax":
      return tf.softmax(inputs[0] as Tensor2D);
  }
}
