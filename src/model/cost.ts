import { assertArgument, isNumber } from "../argument.ts";
import { type Graph, type Node, nodeInputs, type Shape } from "./graph.ts";
import { elementCount, inferShapes } from "./shapes.ts";

/** The cost of one image through one node. */
export interface NodeCost<N = Node> {
  /** The node. */
  readonly node: N;
  /** `[height, width, channels]` of its activation. */
  readonly shape: Shape;
  /** Only for convolutions and dense layers, as in the paper. */
  readonly multiplyAdds: number;
  /** Counted as in Keras: weights, biases, and three values per channel for batch norm. */
  readonly parameters: number;
  /** The size of its activation in bytes. */
  readonly activationBytes: number;
}

/** The cost of one image through a network. */
export interface Cost<N = Node> {
  /** In execution order. */
  readonly nodes: readonly NodeCost<N>[];
  /** The sum over the nodes. */
  readonly multiplyAdds: number;
  /** The sum over the nodes. */
  readonly parameters: number;
  /** The sum over the nodes, without reuse of memory. */
  readonly activationBytes: number;
}

/**
 * Counts multiply-adds, parameters and the bytes of activations, per node and in total.
 *
 * @param graph The network.
 * @param bytesPerValue The size of an activation's value: 4 for f32, 1 for int8.
 * @throws {GraphError} When shapes can't be inferred.
 *
 * @example Inception-v3 takes 5.7 billion multiply-adds an image
 * ```ts
 * import { cost, inceptionV3 } from "@totem/inception/model";
 * console.log(cost(inceptionV3()).multiplyAdds); // 5713216096
 * ```
 */
export function cost(graph: Graph, bytesPerValue = 4): Cost {
  const shapes = inferShapes(graph);
  assertArgument(
    isNumber(bytesPerValue, (it) => it > 0),
    "count the cost as bytesPerValue must be a number > 0",
    bytesPerValue,
  );
  const nodes = graph.nodes.map((node): NodeCost => {
    const shape = shapes.get(node.name)!;
    const input = shapes.get(nodeInputs(node)[0]!)!;
    return {
      node,
      shape,
      ...arithmetic(node, input, shape),
      activationBytes: elementCount(shape) * bytesPerValue,
    };
  });
  const sum = (key: "multiplyAdds" | "parameters" | "activationBytes") =>
    nodes.reduce((total, node) => total + node[key], 0);
  return {
    nodes,
    multiplyAdds: sum("multiplyAdds"),
    parameters: sum("parameters"),
    activationBytes: sum("activationBytes"),
  };
}

function arithmetic(
  node: Node,
  input: Shape,
  output: Shape,
): { multiplyAdds: number; parameters: number } {
  switch (node.op) {
    case "conv": {
      const perPixel = node.kernel[0] * node.kernel[1] * input[2] *
        node.channels;
      return {
        multiplyAdds: perPixel * output[0] * output[1],
        parameters: perPixel + node.channels * (node.batchNorm ? 3 : 1),
      };
    }
    case "dense": {
      const multiplyAdds = elementCount(input) * node.units;
      return { multiplyAdds, parameters: multiplyAdds + node.units };
    }
    default:
      return { multiplyAdds: 0, parameters: 0 };
  }
}
