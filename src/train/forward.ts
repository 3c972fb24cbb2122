import type {
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor4D,
  Tfjs,
} from "../backends/tfjs/types.ts";
import {
  type Activation,
  type Graph,
  INPUT,
  type Node,
  nodeInputs,
  nodesFor,
} from "../model/mod.ts";
import { GraphError } from "../errors.ts";
import { convolve } from "./layers/convolve.ts";
import { type Moments, normalize } from "./layers/normalize.ts";
import { averagePool, globalAveragePool, maxPool } from "./layers/pool.ts";
import { withGradient } from "./layers/with_gradient.ts";
import type { Tensors } from "./parameters.ts";

/** Called with the moments of a convolution's output. */
export type MomentsObserver = (node: string, moments: Moments) => void;

/**
 * Runs a graph for training: on a batch of images, with gradients, and with the batch's
 * own moments for batch norm.
 *
 * @param parameters Named as in `createParameters`.
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
    default:
      throw new GraphError(
        `Cannot train "${node.name}" as it must be a layer with a gradient: it is a ${node.op}`,
      );
  }
}

function concatenate(tf: Tfjs, inputs: readonly Tensor4D[]): Tensor4D {
  const channels = inputs.map((it) => it.shape[3]);
  return withGradient(tf, inputs, () => ({
    value: tf.concat([...inputs], 3),
    saved: [],
    gradient: (dy) => tf.split(dy, channels, 3),
  }));
}

/**
 * @param x `[images, inputs]`.
 * @param kernel `[inputs, units]`.
 * @param bias `[units]`.
 */
function dense(
  tf: Tfjs,
  x: Tensor2D,
  kernel: Tensor2D,
  bias: Tensor1D,
  activation: Activation,
): Tensor2D {
  return withGradient(tf, [x, kernel, bias], () => {
    const value = tf.fused.matMul({ a: x, b: kernel, bias, activation });
    return {
      value: value as Tensor2D,
      saved: [x, kernel, value],
      gradient(dy, [x, kernel, value]) {
        const dz = activation === "relu" ? tf.mul(dy, tf.step(value)) : dy;
        // Transposed first: backends are fastest at multiplying rows by columns.
        return [
          tf.matMul(dz, tf.transpose(kernel)),
          tf.matMul(tf.transpose(x), dz),
          tf.sum(dz, 0),
        ];
      },
    };
  });
}
