import { ArgumentError } from "../../errors.ts";
import type { Tensor, Tensor1D, Tensor4D, Tfjs } from "./types.ts";
import {
  type AvgPoolNode,
  type ConvNode,
  type DenseNode,
  type Graph,
  INPUT,
  isWeighted,
  type Node,
  nodeInputs,
  nodesFor,
  type Shape,
} from "../../model/graph.ts";
import { elementCount, inferShapes, samePadding } from "../../model/shapes.ts";
import type { Network } from "../../model/network.ts";

/** The weights of a graph, by the name of the node. */
export type WeightTensors = ReadonlyMap<string, LayerTensors>;

export interface LayerTensors {
  readonly kernel: Tensor;
  readonly bias: Tensor1D;
}

/** Uploads a network's weights to the active backend, one layer after the other. */
export function createWeightTensors(
  tf: Tfjs,
  network: Network,
  graph: Graph,
): WeightTensors {
  const shapes = inferShapes(graph);
  return new Map(
    graph.nodes.filter(isWeighted).map((node) => [
      node.name,
      createLayerTensors(tf, network, node, shapes.get(node.input)!),
    ]),
  );
}

/**
 * Uploads the weights of a layer with an `input` of that shape.
 *
 * @throws {ArgumentError} When the weights don't have the lengths of the layer.
 */
export function createLayerTensors(
  tf: Tfjs,
  network: Network,
  node: ConvNode | DenseNode,
  input: Shape,
): LayerTensors {
  const { kernel, bias } = network.weights(node.name);
  const shape = node.op === "conv"
    ? [...node.kernel, input[2], node.channels]
    : [elementCount(input), node.units];
  const values = shape.reduce((product, it) => product * it, 1);
  if (kernel.length !== values || bias.length !== shape.at(-1)) {
    throw new ArgumentError(
      `Cannot run the network as the weights of "${node.name}" must be ${
        shape.join("x")
      } with a bias each, as its architecture says: they are ${kernel.length} and ${bias.length}`,
    );
  }
  return { kernel: tf.tensor(kernel, shape), bias: tf.tensor1d(bias) };
}

/** Called with each activation, in order. It may return another, which replaces it. */
export type ActivationHook = (node: Node, activation: Tensor) => Tensor;

/**
 * Runs a graph on the active tfjs backend, up to the node `output`.
 *
 * @param image `[1, height, width, 3]`, as the network's preprocessing returns it.
 * @returns The activation of `output`, which the caller disposes.
 */
export function execute(
  tf: Tfjs,
  graph: Graph,
  weights: WeightTensors,
  image: Tensor4D,
  output: string,
  then: ActivationHook = (_, activation) => activation,
): Tensor {
  return tf.tidy(() => {
    const nodes = nodesFor(graph, output);
    const readers = new Map<string, number>();
    for (const name of nodes.flatMap(nodeInputs)) {
      readers.set(name, (readers.get(name) ?? 0) + 1);
    }
    const activations = new Map<string, Tensor>([[INPUT, image]]);
    for (const node of nodes) {
      const names = nodeInputs(node);
      const inputs = names.map((name) => activations.get(name)!);
      const computed = evaluate(tf, node, inputs, weights);
      const activation = tf.tidy(() => then(node, computed));
      if (activation !== computed) computed.dispose();
      activations.set(node.name, activation);
      // Dispose an activation after its last reader: the peak is then that of the widest
      // block, not the sum of all.
      for (const name of names) {
        const left = readers.get(name)! - 1;
        readers.set(name, left);
        if (left > 0 || name === INPUT) continue;
        activations.get(name)!.dispose();
        activations.delete(name);
      }
    }
    return activations.get(output)!;
  });
}

/** The activation of one node, of one image. */
export function evaluate(
  tf: Tfjs,
  node: Node,
  inputs: readonly Tensor[],
  weights: WeightTensors,
): Tensor {
  const x = inputs[0] as Tensor4D;
  switch (node.op) {
    case "conv": {
      const { kernel, bias } = weights.get(node.name)!;
      const { stride: strides, padding: pad, activation } = node;
      const filter = kernel as Tensor4D;
      return tf.fused.conv2d({ x, filter, strides, pad, bias, activation });
    }
    case "maxPool":
      return tf.maxPool(x, node.size, node.stride, node.padding);
    case "avgPool":
      return averagePool(tf, node, x);
    case "concat":
      return tf.concat(inputs as Tensor4D[], 3);
    case "globalAvgPool":
      return tf.mean(x, [1, 2], true);
    case "globalMaxPool":
      return tf.max(x, [1, 2], true);
    case "flatten":
      return tf.reshape(x, [1, x.size]);
    case "dense": {
      const { kernel, bias } = weights.get(node.name)!;
      const { activation } = node;
      const a = tf.reshape(x, [1, x.size]);
      return tf.fused.matMul({ a, b: kernel, bias, activation });
    }
    case "softmax":
      return tf.softmax(x);
    case "sigmoid":
      return tf.sigmoid(x);
  }
}

/** tfjs leaves padding out of the mean; padding that counts must be real zeros. */
function averagePool(tf: Tfjs, node: AvgPoolNode, x: Tensor4D) {
  const { size, stride, padding } = node;
  if (padding === "valid" || !node.countIncludePad) {
    return tf.avgPool(x, size, stride, padding);
  }
  const [, height, width] = x.shape;
  const padded = tf.pad(x, [
    [0, 0],
    samePadding(height, size, stride),
    samePadding(width, size, stride),
    [0, 0],
  ]);
  return tf.avgPool(padded, size, stride, "valid");
}
