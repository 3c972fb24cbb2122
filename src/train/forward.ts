/**
 * A graph as it is trained: on batches of images, with gradients throughout, and with
 * batch norm by each batch's own moments.
 *
 * @module
 */
import type {
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor4D,
  Tfjs,
} from "../backends/tfjs/types.ts";
import {
  type Graph,
  INPUT,
  type Node,
  nodeInputs,
  nodesFor,
} from "../model/mod.ts";
import { concatenate } from "./layers/concatenate.ts";
import { convolve } from "./layers/convolve.ts";
import { dense } from "./layers/dense.ts";
import { type Moments, normalize } from "./layers/normalize.ts";
import { averagePool, globalAveragePool, maxPool } from "./layers/pool.ts";
import type { Tensors } from "./parameters.ts";

/** Sees the moments of a convolution's results before they are normalized. */
export type MomentsObserver = (node: string, moments: Moments) => void;

/**
 * The activations of the nodes `outputs`, in their order.
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
  const needed = new Set(outputs.flatMap((it) => nodesFor(graph, it)));
  const activations = new Map<string, Tensor>([[INPUT, images]]);
  for (const node of graph.nodes) {
    if (!needed.has(node)) continue;
    const inputs = nodeInputs(node).map((it) => activations.get(it)!);
    const parameter = (kind: string) => parameters.get(`${node.name}.${kind}`)!;
    activations.set(
      node.name,
      evaluate(tf, node, inputs, parameter, onMoments),
    );
  }
  return outputs.map((name) => activations.get(name)!);
}

function evaluate(
  tf: Tfjs,
  node: Node,
  inputs: readonly Tensor[],
  parameter: (kind: string) => Tensor,
  onMoments: MomentsObserver,
): Tensor {
  const x = inputs[0] as Tensor4D;
  switch (node.op) {
    case "conv": {
      const kernel = parameter("kernel") as Tensor4D;
      const sums = convolve(tf, x, kernel, node, node.input === INPUT);
      const beta = parameter("beta") as Tensor1D;
      return normalize(
        tf,
        sums,
        beta,
        (moments) => onMoments(node.name, moments),
      );
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
