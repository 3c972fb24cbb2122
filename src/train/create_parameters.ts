import type { Tensor, Tfjs } from "../backends/tfjs/types.ts";
import { type Graph, inferShapes, isWeighted } from "../model/mod.ts";
import { elementCount } from "../model/shapes.ts";
import type { Tensors } from "./parameters.ts";
import { type Random, truncatedNormal } from "./random.ts";

/** The deviation of first kernels: torchvision's and slim's `inception_v3`. */
const DEVIATION = 0.1;
/** Those of the auxiliary classifier begin smaller there. */
const OWN_DEVIATIONS: Readonly<Record<string, number>> = {
  "AuxLogits/conv1": 0.01,
  "AuxLogits/fc": 0.001,
};

/**
 * The parameters of a network that has learnt nothing yet: for each convolution
 * `NODE.kernel` and `NODE.beta`, for each dense layer `NODE.kernel` and `NODE.bias`.
 * Kernels are truncated normal, all else zero.
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
