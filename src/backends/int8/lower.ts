/**
 * What every int8 backend computes for a graph, before any weight is known: the
 * steps in their order, where they read and write, and the size of their weights
 * and tables. A backend adds how it splits a step and how it encodes it.
 *
 * @module
 */
import {
  type AvgPoolNode,
  type ConvNode,
  type DenseNode,
  type GlobalAvgPoolNode,
  type Graph,
  inferShapes,
  INPUT,
  type MaxPoolNode,
  type Node,
  nodesFor,
  type Outputs,
  type SoftmaxNode,
} from "../../model/mod.ts";
import { elementCount } from "../../model/shapes.ts";
import { align } from "./arena.ts";
import { assertSupported } from "./assert_supported.ts";
import {
  type ActivationBuffer,
  planActivations,
  type Slice,
} from "./plan_activations.ts";

/** Consecutive f32 values. */
export interface Vector {
  /** From the start of the vectors, in bytes; a multiple of 64. */
  readonly offset: number;
  /** Number of values. */
  readonly length: number;
}

/** Fills the frame of a buffer with zeros. */
export interface BorderStep {
  readonly op: "border";
  readonly output: ActivationBuffer;
}

/** Computes a node. */
interface NodeStep<N extends Node, Input, Output> {
  readonly op: N["op"];
  readonly node: N;
  readonly input: Input;
  readonly output: Output;
}

/** Computes a convolution. */
export interface ConvStep extends NodeStep<ConvNode, Slice, Slice> {
  /** Panels of 8 output channels. */
  readonly panels: number;
  /** Size of a window, its channels padded to a multiple of 4. */
  readonly windowBytes: number;
}

/** Computes a pool of the window's size. */
export type PoolStep =
  | NodeStep<MaxPoolNode, Slice, Slice>
  | NodeStep<AvgPoolNode, Slice, Slice>;

/** The work of one kernel. */
export type Step =
  | BorderStep
  | ConvStep
  | PoolStep
  | NodeStep<GlobalAvgPoolNode, Slice, Vector>
  | NodeStep<DenseNode, Vector, Vector>
  | NodeStep<SoftmaxNode, Vector, Vector>;

/** A step that computes the operation `Op`. */
export type StepOf<Op extends Step["op"]> = Extract<Step, { readonly op: Op }>;

/**
 * Where an output of the graph lies after the first `levels` levels. Later levels
 * may overwrite a slice.
 */
export type Result =
  & { readonly levels: number }
  & ({ readonly slice: Slice } | { readonly vector: Vector });

/** A graph's steps and memory. */
export interface LoweredGraph {
  readonly graph: Graph;
  /** The RGBA image. */
  readonly image: ActivationBuffer;
  /** Steps by level. Those of one level don't depend on each other. */
  readonly levels: readonly (readonly Step[])[];
  readonly outputs: ReadonlyMap<keyof Outputs, Result>;
  /** Size of the activations, in bytes. */
  readonly arenaBytes: number;
  /** Size of the vectors, in bytes. */
  readonly vectorBytes: number;
}

/**
 * Lowers a graph up to its probabilities, its logits or its features: the first
 * that it has.
 *
 * @throws {GraphError} When a node has no int8 kernel; see `assert_supported.ts`.
 */
export function lowerGraph(graph: Graph): LoweredGraph {
  const { activations, features, logits, probabilities } = graph.outputs;
  const nodes = nodesFor(graph, probabilities ?? logits ?? features);
  assertSupported(graph, nodes);
  const layout = planActivations(graph, nodes);
  const { vectors, vectorBytes } = planVectors(graph, nodes);

  const levels: Step[][] = [];
  const add = (level: number, step: Step) => (levels[level] ??= []).push(step);
  for (const { buffer, firstUse } of layout.framed) {
    add(Math.max(0, firstUse), { op: "border", output: buffer });
  }
  for (const node of nodes) {
    if (node.op === "concat") continue; // Its inputs write into its buffer.
    const step = lowerNode(node, layout.slices, vectors);
    add(layout.levels.get(node.name)!, step);
  }

  const outputs = new Map<keyof Outputs, Result>();
  const names = { activations, features, logits, probabilities };
  for (const [output, name] of Object.entries(names)) {
    if (name === undefined) continue;
    const levels = layout.levels.get(name)! + 1;
    const vector = vectors.get(name);
    outputs.set(
      output as keyof Outputs,
      vector ? { levels, vector } : { levels, slice: layout.slices.get(name)! },
    );
  }
  return {
    graph,
    image: layout.slices.get(INPUT)!.buffer,
    levels,
    outputs,
    arenaBytes: layout.bytes,
    vectorBytes,
  };
}

/** Gives each vector memory of its own. */
function planVectors(graph: Graph, nodes: readonly Node[]) {
  const shapes = inferShapes(graph);
  const vectors = new Map<string, Vector>();
  let vectorBytes = 0;
  for (const { name, op } of nodes) {
    if (op !== "globalAvgPool" && op !== "dense" && op !== "softmax") continue;
    const length = elementCount(shapes.get(name)!);
    vectors.set(name, { offset: vectorBytes, length });
    vectorBytes += align(4 * length);
  }
  return { vectors, vectorBytes };
}

function lowerNode(
  node: Exclude<Node, { readonly op: "concat" }>,
  slices: ReadonlyMap<string, Slice>,
  vectors: ReadonlyMap<string, Vector>,
): Step {
  const slice = (name: string) => slices.get(name)!;
  const vector = (name: string) => vectors.get(name)!;
  const { name, input } = node;
  switch (node.op) {
    case "conv": {
      const [height, width] = node.kernel;
      return {
        op: node.op,
        node,
        input: slice(input),
        output: slice(name),
        panels: Math.ceil(node.channels / 8),
        windowBytes: height * width * slice(input).buffer.pixelBytes,
      };
    }
    case "maxPool":
      return { op: node.op, node, input: slice(input), output: slice(name) };
    case "avgPool":
      return { op: node.op, node, input: slice(input), output: slice(name) };
    case "globalAvgPool":
      return { op: node.op, node, input: slice(input), output: vector(name) };
    case "dense":
      return { op: node.op, node, input: vector(input), output: vector(name) };
    case "softmax":
      return { op: node.op, node, input: vector(input), output: vector(name) };
  }
}

/** Size of a step's packed weights, in bytes. */
export function weightBytes(step: Step): number {
  switch (step.op) {
    case "conv":
      return 8 * step.panels * step.windowBytes;
    case "dense":
      return step.node.units * step.input.length;
    default:
      return 0;
  }
}
