/**
 * Graphs that are only counted: beside what backends run they have residual
 * connections, such as ResNet's.
 *
 * @module
 */
import { GraphError } from "../errors.ts";
import { type Cost, cost } from "../model/cost.ts";
import { type Graph, INPUT, type Node, type NodeOf } from "../model/graph.ts";

/** The sum of its inputs, value by value: a residual connection. */
export interface AddNode extends NodeOf<"add"> {
  /** The names of the nodes that it reads, all of one shape. */
  readonly inputs: readonly string[];
}

/** A node of a graph that is only counted. */
export type CostNode = Node | AddNode;

/** A graph that is only counted. */
export interface CostGraph extends Omit<Graph, "nodes"> {
  /** In execution order: a node reads only what stands before it. */
  readonly nodes: readonly CostNode[];
}

/**
 * Counts what one image through a network costs. Graphs may have sums of activations.
 *
 * @throws {GraphError} When shapes can't be inferred, or a sum's inputs differ.
 *
 * @example ResNet-152 takes 11.3 billion multiply-adds an image
 * ```ts
 * import { networkCost, resNet152 } from "@totem/inception/paper";
 * console.log(networkCost(resNet152()).multiplyAdds); // 11282415616
 * ```
 */
export function networkCost(graph: CostGraph): Cost<CostNode> {
  const nodes = Array.isArray(graph?.nodes) ? graph.nodes.map(standIn) : [];
  const counted = cost({ ...graph, nodes });
  const sizes = new Map([[INPUT, graph.input.join("x")]]);
  for (const [i, node] of graph.nodes.entries()) {
    const size = counted.nodes[i]!.shape.join("x");
    for (const name of node.op === "add" ? node.inputs : []) {
      const other = sizes.get(name) ?? "not computed before it";
      if (other === size) continue;
      throw new GraphError(
        `Cannot add in "${node.name}": "${name}" is ${other}, not ${size}`,
      );
    }
    sizes.set(node.name, size);
  }
  return {
    ...counted,
    nodes: counted.nodes.map((it, i) => ({ ...it, node: graph.nodes[i]! })),
  };
}

/** A node that backends know, of the same shape and cost: a sum as a 1 x 1 pool. */
function standIn(node: CostNode): Node {
  if (node?.op !== "add") return node;
  const input = node.inputs?.[0] as string;
  const window = { size: 1, stride: 1, padding: "valid" } as const;
  return { op: "maxPool", name: node.name, input, ...window };
}
