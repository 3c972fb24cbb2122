/**
 * Reading a foreign graph, node by node. A file's wiring may be anything, a circle too.
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

/** What may lie between two layers and keeps or scales each value. */
export type Link =
  | ForeignActivation
  | ForeignAffine
  | ForeignBatchNorm
  | ForeignFlatten;

/** A node, and what is applied to its values before they are read. */
export interface Chain {
  /** Last applied first. */
  readonly links: readonly Link[];
  /** The first node below that is no link. */
  readonly base: Exclude<ForeignNode, Link>;
}

/** What is read at the node `key`, down to the next layer. */
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

/** The node `key`, which the answer or another one reads. */
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

/** Links that scale, in the order in which they are applied. */
export function scalingsOf(links: readonly Link[]): readonly ImportedScaling[] {
  return links.filter(isScaling).reverse();
}

/** @param where Continues "no scale or offset": `"may follow the softmax"`. */
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

/** What a node is, in an error. */
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
