import {
  type AvgPoolNode,
  type ConvNode,
  type DenseNode,
  type FlattenNode,
  type GlobalAvgPoolNode,
  type GlobalMaxPoolNode,
  type Graph,
  INPUT,
  type MaxPoolNode,
  type Node,
  nodesFor,
  type Outputs,
  type SigmoidNode,
  type SoftmaxNode,
} from "../../model/mod.ts";
import { assertSupported } from "./assert_supported.ts";
import {
  type ActivationBuffer,
  planActivations,
  type Slice,
  type Vector,
} from "./plan_activations.ts";

/** Computes a node. */
interface NodeStep<N extends Node, Input, Output> {
  readonly op: N["op"];
  readonly node: N;
  readonly input: Input;
  readonly output: Output;
}

/** Computes a convolution or a pool. */
export type WindowStep<N extends Node> = NodeStep<N, Slice, Slice>;

/** The work of one kernel. A border step fills the frame of a buffer with zeros. */
export type Step =
  | { readonly op: "border"; readonly output: ActivationBuffer }
  | WindowStep<ConvNode>
  | WindowStep<MaxPoolNode>
  | WindowStep<AvgPoolNode>
  | NodeStep<GlobalAvgPoolNode, Slice, Vector>
  | NodeStep<GlobalMaxPoolNode, Slice, Vector>
  | NodeStep<FlattenNode, Slice, Vector>
  | NodeStep<DenseNode, Vector, Vector>
  | NodeStep<SoftmaxNode, Vector, Vector>
  | NodeStep<SigmoidNode, Vector, Vector>;

/** The last step that reads codes: later ones read f32. */
export type GlobalPoolStep = StepOf<
  "globalAvgPool" | "globalMaxPool" | "flatten"
>;

/** A step of the operation `Op`. */
export type StepOf<Op extends Step["op"]> = Extract<Step, { readonly op: Op }>;

/**
 * The location of a graph output after the first `levels` levels. Later levels may
 * overwrite a slice.
 */
export interface Result {
  readonly levels: number;
  readonly place: Slice | Vector;
}

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
 * Lowers a graph to the steps that every int8 backend computes, up to its
 * probabilities, logits or features: the first of these that it has. The backend splits
 * and encodes the steps.
 *
 * @throws {GraphError} When a node has no int8 kernel.
 */
export function lowerGraph(graph: Graph): LoweredGraph {
  const { auxLogits: _, ...outputs } = graph.outputs;
  const { features, logits, probabilities } = outputs;
  const nodes = nodesFor(graph, probabilities ?? logits ?? features);
  assertSupported(graph, nodes);
  const layout = planActivations(graph, nodes);
  const { places, arenaBytes, vectorBytes } = layout;

  const levels: Step[][] = [];
  const add = (level: number, step: Step) => (levels[level] ??= []).push(step);
  for (const { buffer, firstUse } of layout.framed) {
    add(Math.max(0, firstUse), { op: "border", output: buffer });
  }
  for (const node of nodes) {
    if (node.op === "concat") continue; // Its inputs write into its buffer.
    add(layout.levels.get(node.name)!, {
      op: node.op,
      node,
      input: places.get(node.input),
      output: places.get(node.name),
    } as Step);
  }
  return {
    graph,
    image: (places.get(INPUT) as Slice).buffer,
    levels,
    outputs: new Map(
      Object.entries(outputs).map(([output, name]) => [
        output as keyof Outputs,
        { levels: layout.levels.get(name)! + 1, place: places.get(name)! },
      ]),
    ),
    arenaBytes,
    vectorBytes,
  };
}

/** Panels of 8 output channels of a convolution. */
export function panelCount({ node }: StepOf<"conv">): number {
  return Math.ceil(node.channels / 8);
}

/** Bytes of a window of a convolution, its channels padded to a multiple of 4. */
export function windowBytes({ node, input }: StepOf<"conv">): number {
  return node.kernel[0] * node.kernel[1] * input.buffer.pixelBytes;
}

/** Bytes of a step's packed weights. */
export function weightBytes(step: Step): number {
  return step.op === "conv"
    ? 8 * panelCount(step) * windowBytes(step)
    : step.op === "dense"
    ? step.node.units * step.input.length
    : 0;
}
