/**
 * Trainable parameters: tensors by name, on the active backend.
 *
 * @module
 */
import type { Scalar, Tensor, Tfjs } from "../backends/tfjs/types.ts";
import { type Graph, inferShapes, isWeighted } from "../model/mod.ts";
import { elementCount } from "../model/shapes.ts";
import { type Random, truncatedNormal } from "./random.ts";

/** Tensors by name. */
export type Tensors = ReadonlyMap<string, Tensor>;

/**
 * The standard deviation of initial kernels, as in torchvision's and slim's
 * `inception_v3`.
 */
const DEVIATION = 0.1;
/** The auxiliary classifier has smaller ones there. */
const OWN_DEVIATIONS: Readonly<Record<string, number>> = {
  "AuxLogits/conv1": 0.01,
  "AuxLogits/fc": 0.001,
};

/**
 * The initial parameters of a network: `NODE.kernel` is truncated normal; a convolution's
 * `NODE.beta` and a dense layer's `NODE.bias` are zeros.
 */
export function createParameters(
  tf: Tfjs,
  graph: Graph,
  random: Random,
): Tensors {
  const shapes = inferShapes(graph);
  const parameters = new Map<string, Tensor>();
  for (const node of graph.nodes.filter(isWeighted)) {
    const { name } = node;
    const input = shapes.get(node.input)!;
    const shape = node.op === "conv"
      ? [...node.kernel, input[2], node.channels]
      : [elementCount(input), node.units];
    const length = shape.reduce((a, b) => a * b);
    const deviation = OWN_DEVIATIONS[name] ?? DEVIATION;
    const kernel = truncatedNormal(length, deviation, random);
    parameters.set(`${name}.kernel`, tf.tensor(kernel, shape));
    const vector = node.op === "conv" ? "beta" : "bias";
    parameters.set(`${name}.${vector}`, tf.zeros([shape.at(-1)!]));
  }
  return parameters;
}

export function disposeAll(tensors: Tensors): void {
  for (const tensor of tensors.values()) tensor.dispose();
}

/** A loss and its gradients. The caller must dispose all of them. */
export function lossAndGradients(
  tf: Tfjs,
  parameters: Tensors,
  loss: (parameters: Tensors) => Scalar,
): { readonly loss: Scalar; readonly gradients: Tensors } {
  const names = [...parameters.keys()];
  const { value, grads } = tf.valueAndGrads((...tensors) =>
    loss(new Map(names.map((name, i) => [name, tensors[i]!])))
  )([...parameters.values()]);
  return {
    loss: value as Scalar,
    gradients: new Map(names.map((name, i) => [name, grads[i]!])),
  };
}
