/**
 * Access to a foreign graph, node by node. Its wiring isn't trusted: it may have cycles.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type {
  ForeignActivation,
  ForeignAffine,
  ForeignBatchNorm,
  ForeignFlatten,
  ForeignGraph,
  ForeignNode,
} from "./graph.ts";
import type { ImportedScaling } from "./imported.ts";

/** A node that may be between two layers: an activation, a scaling or a flattening. */
export type Link =
  | ForeignActivation
  | ForeignAffine
  | ForeignBatchNorm
  | ForeignFlatten;

/** A node, and the links applied to its values before they are read. */
export interface Chain {
  /** Last applied first. */
  readonly links: readonly Link[];
  /** The first node below the links. */
  readonly base: Exclude<ForeignNode, Link>;
}

/** The links from the node `key` down to the next other node, and that node. */
export function chainAt(graph: ForeignGraph, key: string): Chain {
  const links: Link[] = [];
  for (let steps = 0; steps <= graph.nodes.size; steps++) {
    const node = nodeAt(graph, key);
    switch (node.op) {
      case "identity":
        key = node.input;
        break;
      case "activation":
        if (node.activation !== "linear") links.push(node);
        key = node.input;
        break;
      case "affine":
      case "batchNorm":
      case "flatten":
        links.push(node);
        key = node.input;
        break;
      case "concat":
        if (node.inputs.length !== 1) return { links, base: node };
        key = node.inputs[0]!;
        break;
      default:
        return { links, base: node };
    }
  }
  throw new CorruptWeightsError(
    `Cannot import the ${graph.format} as no ${graph.noun} may read its own result: "${key}" does`,
  );
}

/** The node `key`, which must exist as another node or the answer reads it. */
export function nodeAt(graph: ForeignGraph, key: string): ForeignNode {
  const node = graph.nodes.get(key);
  if (node !== undefined) return node;
  throw new CorruptWeightsError(
    `Cannot import the ${graph.format} as it has no ${graph.noun} "${key}", which another one reads`,
  );
}

export function isLink(node: ForeignNode): node is Link {
  return node.op === "activation" || node.op === "affine" ||
    node.op === "batchNorm" || node.op === "flatten";
}

export function isScaling(
  link: Link,
): link is ForeignAffine | ForeignBatchNorm {
  return link.op === "affine" || link.op === "batchNorm";
}

/** The scalings among links, in order of application. */
export function scalingsOf(links: readonly Link[]): readonly ImportedScaling[] {
  return links.filter(isScaling).reverse();
}

/** @param where Follows "no scale or offset" in the message: `"may follow the softmax"`. */
export function assertNoScaling(
  graph: ForeignGraph,
  links: readonly Link[],
  where: string,
): void {
  const scaling = links.find(isScaling);
  if (scaling === undefined) return;
  throw new CorruptWeightsError(
    `Cannot import ${
      nodeText(graph, scaling)
    } as no scale or offset ${where}: it is ${kindOf(scaling)}`,
  );
}

export function isRelu(link: Link): boolean {
  return link.op === "activation" && link.activation === "relu";
}

/** A node in an error: `the layer "conv2d_5" of the Keras model`. */
export function nodeText(graph: ForeignGraph, { name }: ForeignNode): string {
  return `the ${graph.noun} "${name}" of the ${graph.format}`;
}

/** The error of a node that the answer needs and Inception-v3 can't have. */
export function unknownKind(
  graph: ForeignGraph,
  node: ForeignNode,
): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot find Inception-v3 in the ${graph.format} as there is nothing like the ${graph.noun} "${node.name}" in it: it is ${
      kindOf(node)
    }`,
  );
}

/** The kind of a node, for errors. */
export function kindOf(node: ForeignNode): string {
  switch (node.op) {
    case "input":
      return "the input";
    case "conv":
      return "a convolution";
    case "affine":
      return "a scale or an offset";
    case "batchNorm":
      return "a batch norm";
    case "pool":
      return node.kind === "max" ? "a max pool" : "an average pool";
    case "globalPool":
      return node.kind === "max"
        ? "a global max pool"
        : "a global average pool";
    case "concat":
      return "a concatenation";
    case "flatten":
      return "a flattening";
    case "dense":
      return "a dense layer";
    case "activation":
      return `the activation ${node.activation}`;
    case "identity":
      return "the same values again";
    case "other":
      return node.what;
  }
}
