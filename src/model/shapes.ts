import { GraphError } from "../errors.ts";
import {
  assertGraph,
  type Graph,
  INPUT,
  type Node,
  nodeInputs,
  type Padding,
  type Shape,
} from "./graph.ts";

/**
 * Infers the shapes of all activations, by node name, and of the image, as `"input"`.
 *
 * @throws {GraphError} When a node reads an activation that isn't computed before it, two
 * nodes have the same name, a window doesn't fit its input, or the inputs of a
 * concatenation differ in height or width. The message names the node.
 */
export function inferShapes(graph: Graph): ReadonlyMap<string, Shape> {
  assertGraph("infer shapes", graph);
  for (const extent of graph.input) assertCount(INPUT, "extent", extent);
  const shapes = new Map<string, Shape>([[INPUT, graph.input]]);
  for (const node of graph.nodes) {
    if (shapes.has(node.name)) {
      throw new GraphError(`Cannot add node "${node.name}": the name is taken`);
    }
    const inputs = nodeInputs(node).map((name) => {
      const shape = shapes.get(name);
      if (shape === undefined) {
        throw new GraphError(
          `Cannot infer the shape of "${node.name}": its input "${name}" is not computed before it`,
        );
      }
      return shape;
    });
    shapes.set(node.name, shapeOf(node, inputs));
  }
  for (const name of Object.values(graph.outputs)) {
    if (!shapes.has(name)) {
      throw new GraphError(`Cannot offer "${name}" as an output: no such node`);
    }
  }
  return shapes;
}

/** The number of elements. */
export function elementCount(shape: Shape): number {
  return shape[0] * shape[1] * shape[2];
}

/** The SAME padding in pixels. An odd pixel is added after the input, as in TensorFlow. */
export function samePadding(
  input: number,
  window: number,
  stride: number,
): [before: number, after: number] {
  const output = Math.ceil(input / stride);
  const total = Math.max(0, (output - 1) * stride + window - input);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

function shapeOf(node: Node, inputs: readonly Shape[]): Shape {
  const [first] = inputs;
  if (first === undefined) {
    throw new GraphError(`Cannot infer the shape of "${node.name}": no inputs`);
  }
  const [height, width, channels] = first;
  switch (node.op) {
    case "conv":
      assertCount(node.name, "channels", node.channels);
      return [
        slide(node.name, height, node.kernel[0], node.stride, node.padding),
        slide(node.name, width, node.kernel[1], node.stride, node.padding),
        node.channels,
      ];
    case "maxPool":
    case "avgPool":
      return [
        slide(node.name, height, node.size, node.stride, node.padding),
        slide(node.name, width, node.size, node.stride, node.padding),
        channels,
      ];
    case "concat": {
      let total = 0;
      for (const [i, shape] of inputs.entries()) {
        if (shape[0] !== height || shape[1] !== width) {
          throw new GraphError(
            `Cannot concatenate in "${node.name}": "${node.inputs[i]}" is ${
              shape[0]
            }x${shape[1]}, "${node.inputs[0]}" is ${height}x${width}`,
          );
        }
        total += shape[2];
      }
      return [height, width, total];
    }
    case "globalAvgPool":
    case "globalMaxPool":
      return [1, 1, channels];
    case "flatten":
      return [1, 1, elementCount(first)];
    case "dense":
      assertCount(node.name, "units", node.units);
      return [1, 1, node.units];
    case "softmax":
    case "sigmoid":
      return first;
  }
}

/** The number of window positions along `input` pixels. */
function slide(
  name: string,
  input: number,
  window: number,
  stride: number,
  padding: Padding,
): number {
  assertCount(name, "window", window);
  assertCount(name, "stride", stride);
  if (padding === "same") return Math.ceil(input / stride);
  if (window > input) {
    throw new GraphError(
      `Cannot fit a window of ${window} pixels in "${name}": its input has ${input}`,
    );
  }
  return Math.floor((input - window) / stride) + 1;
}

function assertCount(name: string, what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new GraphError(
      `Cannot use ${what} of "${name}" as it must be a whole number >= 1: current value is ${value}`,
    );
  }
}
