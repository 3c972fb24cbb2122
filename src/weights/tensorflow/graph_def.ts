import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignGraph, ForeignNode } from "../foreign/graph.ts";
import { ConstantFolder } from "./constants.ts";
import { executionOrder } from "./execution_order.ts";
import type { GraphBuilder } from "./graph_builder.ts";
import type { NodeDef, TensorflowGraph } from "./node_def.ts";
import { readOperator } from "./operators.ts";
import { findOutput } from "./outputs.ts";
import { asTensor, type ImageValue, type Value } from "./value.ts";

/** Ops of graphs that aren't ready for inference, with advice. */
const UNREADY: readonly [op: RegExp, what: string][] = [
  [
    /^(VarHandleOp|VariableV?2?|ReadVariableOp|AutoReloadVariable)$/,
    "its variables must be constants: freeze it with tf.compat.v1.graph_util.convert_variables_to_constants(), or give the whole folder of a SavedModel",
  ],
  [
    /^(Switch|Merge|RefSwitch|(Stateless)?(If|While|Case))$/,
    "it must be for inference only: freeze it after tf.keras.backend.set_learning_phase(0)",
  ],
];

/** A network whose input range isn't known yet. */
export interface ReadGraph {
  readonly graph: Omit<ForeignGraph, "fed">;
  /** The image as the first convolution reads it, if one does. */
  readonly image: ImageValue | undefined;
}

/**
 * Reads the network of a TensorFlow graph. Nodes that read only constants are evaluated
 * here; ops that Inception-v3 doesn't have become nodes of the kind `other`.
 *
 * @throws {CorruptWeightsError} When nodes are missing or form a cycle, when the graph isn't
 * for inference, or has its channels first.
 */
export function readTensorflowGraph(graph: TensorflowGraph): ReadGraph {
  const output = findOutput(graph);
  const nodes = new Map<string, ForeignNode>();
  const folder = new ConstantFolder();
  const values = new Map<string, Value>();
  const builder: GraphBuilder = {
    folder,
    add: (node) => void nodes.set(node.name, node),
    node: (name = "") => graph.nodes.get(name),
    value: (name = "") => values.get(name),
    resize(name, size) {
      const input = nodes.get(name);
      if (input?.op === "input") nodes.set(name, { ...input, size });
    },
  };
  let image: ImageValue | undefined;
  for (const node of executionOrder(graph.nodes, output)) {
    const inputs = node.inputs.map(({ name }) => values.get(name)!);
    image = imageOf(node, inputs) ?? image;
    values.set(
      node.name,
      // Results other than the first are for training.
      node.inputs.every(({ index }) => index === 0)
        ? valueOf(graph, node, inputs, builder)
        : other(node, builder),
    );
  }
  const value = values.get(output)!;
  const isAnswer = value.kind === "activation" && value.padding === undefined;
  if (!isAnswer) {
    builder.add(otherNode(output, "zeros around an image, or constants"));
  }
  return {
    graph: { format: graph.format, noun: "node", nodes, output },
    image,
  };
}

function valueOf(
  graph: TensorflowGraph,
  node: NodeDef,
  inputs: readonly Value[],
  builder: GraphBuilder,
): Value {
  const constant = graph.constant(node);
  if (constant !== undefined) return { kind: "constant", tensor: constant };
  const tensors = inputs.map(asTensor).filter((it) => it !== undefined);
  const folded = tensors.length === inputs.length
    ? builder.folder.fold(node, tensors)
    : undefined;
  if (folded !== undefined) return { kind: "constant", tensor: folded };
  const unready = UNREADY.find(([op]) => op.test(node.op));
  if (unready !== undefined) {
    throw new CorruptWeightsError(
      `Cannot read the ${graph.format} as ${
        unready[1]
      }: "${node.name}" is a ${node.op}`,
    );
  }
  // Only a convolution or pool may read explicit zeros: they become its padding.
  const isPadded = inputs.some((it) => it.kind === "activation" && it.padding);
  const isWindow = /Conv2D$|Pool$|^Identity$/.test(node.op);
  return (!isPadded || isWindow
    ? readOperator(node, inputs, builder)
    : undefined) ?? other(node, builder);
}

function other({ name, op }: NodeDef, builder: GraphBuilder): Value {
  builder.add(otherNode(name, op));
  return { kind: "activation", name, isFlat: false };
}

const otherNode = (name: string, what: string): ForeignNode => ({
  op: "other",
  name,
  what,
});

/** The image, if the node is a convolution that reads it. */
function imageOf(
  { op }: NodeDef,
  [of]: readonly Value[],
): ImageValue | undefined {
  return /Conv2D$/.test(op) && of?.kind === "activation" ? of.image : undefined;
}
