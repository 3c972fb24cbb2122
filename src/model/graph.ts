/**
 * A network as plain data, used to derive shapes, costs and memory. Activations are NHWC
 * with a batch size of one: `[height, width, channels]`.
 *
 * @module
 */
import { assertArgument, isObject } from "../argument.ts";
import { GraphError } from "../errors.ts";

/** VALID windows stay inside the input; SAME produces `ceil(input / stride)` values. */
export type Padding = "valid" | "same";

/** The activation after a convolution or a dense layer. */
export type Activation = "relu" | "linear";

/** The properties of all nodes. */
export interface NodeOf<Op extends string> {
  /** The operation. */
  readonly op: Op;
  /** The name of its output, unique in its graph. */
  readonly name: string;
}

/** The properties of nodes with a single input. */
export interface UnaryNode<Op extends string> extends NodeOf<Op> {
  /** The name of its input node, or {@linkcode INPUT}. */
  readonly input: string;
}

/** The properties of nodes that slide a window over the pixels. */
export interface WindowNode<Op extends string> extends UnaryNode<Op> {
  /** In pixels, along both axes. */
  readonly stride: number;
  /** Whether windows stay inside the input. */
  readonly padding: Padding;
}

/**
 * A convolution. Its weights are
 * `[kernel height, kernel width, input channels, channels]`.
 */
export interface ConvNode extends WindowNode<"conv"> {
  /** `[height, width]` in pixels. */
  readonly kernel: readonly [height: number, width: number];
  /** The number of output channels. */
  readonly channels: number;
  /** Whether it was trained with batch norm, which is folded for inference. */
  readonly batchNorm: boolean;
  /** The activation applied to the result. */
  readonly activation: Activation;
}

/** The maximum of each window, ignoring padding. */
export interface MaxPoolNode extends WindowNode<"maxPool"> {
  /** The side of the square window, in pixels. */
  readonly size: number;
}

/** The mean of each window. */
export interface AvgPoolNode extends WindowNode<"avgPool"> {
  /** The side of the square window, in pixels. */
  readonly size: number;
  /** Whether the mean includes padded zeros: PyTorch's default, not TensorFlow's. */
  readonly countIncludePad: boolean;
}

/** A concatenation of channels. */
export interface ConcatNode extends NodeOf<"concat"> {
  /** The names of its input nodes, in order. */
  readonly inputs: readonly string[];
}

/** The mean of each channel: `[height, width, channels]` to `[1, 1, channels]`. */
export type GlobalAvgPoolNode = UnaryNode<"globalAvgPool">;

/** The maximum of each channel: `[height, width, channels]` to `[1, 1, channels]`. */
export type GlobalMaxPoolNode = UnaryNode<"globalMaxPool">;

/** All values, row-major: `[height, width, channels]` to `[1, 1, their product]`. */
export type FlattenNode = UnaryNode<"flatten">;

/** A dense layer on the flattened input. Its weights are `[input values, units]`. */
export interface DenseNode extends UnaryNode<"dense"> {
  /** The number of output values. */
  readonly units: number;
  /** The activation applied to the result. */
  readonly activation: Activation;
}

/** Converts logits to probabilities that add up to one. */
export type SoftmaxNode = UnaryNode<"softmax">;

/** Converts each logit to an independent probability. */
export type SigmoidNode = UnaryNode<"sigmoid">;

/** One step of a network. */
export type Node =
  | ConvNode
  | MaxPoolNode
  | AvgPoolNode
  | ConcatNode
  | GlobalAvgPoolNode
  | GlobalMaxPoolNode
  | FlattenNode
  | DenseNode
  | SoftmaxNode
  | SigmoidNode;

/** A node that has weights. */
export type WeightedNode = ConvNode | DenseNode;

/** The shape of an activation: `[height, width, channels]`. */
export type Shape = readonly [height: number, width: number, channels: number];

/** The input name for the image. */
export const INPUT = "input";

/** The names of the output nodes. */
export interface Outputs {
  /** The last activations before pooling: `[8, 8, 2048]` at full size. */
  readonly activations?: string;
  /**
   * The features: the mean or maximum of each channel, or all values. `[1, 1, 2048]`
   * for the mean at full width.
   */
  readonly features: string;
  /** One value per class, if the network has classes. */
  readonly logits?: string;
  /** One value per class, if the network has classes and an activation after them. */
  readonly probabilities?: string;
  /** The auxiliary classifier's logits, if included. */
  readonly auxLogits?: string;
}

/** A network without its weights. */
export interface Graph {
  /** The image's shape. Nodes read it as {@linkcode INPUT}. */
  readonly input: Shape;
  /** In execution order: a node reads only earlier ones. */
  readonly nodes: readonly Node[];
  /** The names of the output nodes. */
  readonly outputs: Outputs;
}

/** The names of the inputs of `node`. */
export function nodeInputs(node: Node): readonly string[] {
  assertNode("tell what a node reads", node);
  return node.op === "concat" ? node.inputs : [node.input];
}

/** Whether `node` has weights. */
export function isWeighted(node: Node): node is WeightedNode {
  assertNode("tell whether a node has weights", node);
  return node.op === "conv" || node.op === "dense";
}

/**
 * The nodes needed for `output`, in execution order.
 *
 * @throws {GraphError} When there is no node of that name.
 */
export function nodesFor(graph: Graph, output: string): readonly Node[] {
  assertGraph("find an output's nodes", graph);
  if (!graph.nodes.some((node) => node.name === output)) {
    throw new GraphError(`Cannot find node "${output}" in the graph`);
  }
  const needed = new Set([output]);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!needed.has(node.name)) continue;
    for (const name of nodeInputs(node)) needed.add(name);
    nodes.push(node);
  }
  return nodes.reverse();
}

/**
 * Checks the basic structure of a graph. `inferShapes` finds other errors.
 *
 * @throws {ArgumentError} When it isn't a graph.
 */
export function assertGraph(cannot: string, graph: Graph): void {
  const { input, nodes, outputs } = graph ?? {};
  assertArgument(
    Array.isArray(input) && input.length === 3 && Array.isArray(nodes) &&
      nodes.every(isNode) && isObject(outputs),
    `${cannot} as the graph must be a Graph, as inceptionV3() gives it`,
    graph,
  );
}

function assertNode(cannot: string, node: Node): void {
  assertArgument(
    isNode(node),
    `${cannot} as the node must be one of a graph's nodes`,
    node,
  );
}

function isNode(node: Node | null | undefined): boolean {
  if (typeof node?.name !== "string") return false;
  switch (node.op) {
    case "concat":
      return isArrayOf("string", node.inputs);
    case "conv":
      return isArrayOf("number", node.kernel) &&
        typeof node.input === "string";
    default:
      return typeof node.op === "string" && typeof node.input === "string";
  }
}

function isArrayOf(type: "string" | "number", values: unknown): boolean {
  return Array.isArray(values) && values.every((it) => typeof it === type);
}
