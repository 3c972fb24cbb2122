/**
 * Graphs for counting costs only. Unlike the graphs that backends run, they may have
 * residual connections, such as ResNet's.
 *
 * @module
 */
import { GraphError } from "../errors.ts";
import { type Cost, cost } from "../model/cost.ts";
import { type Graph, INPUT, type Node, type NodeOf } from "../model/graph.ts";

/** The sum of its inputs, element by element: a residual connection. */
export interface AddNode extends NodeOf<"add"> {
  /** The names of its input nodes, all of the same shape. */
  readonly inputs: readonly string[];
}

/** A node of a graph for counting only. */
export type CostNode = Node | AddNode;

/** A graph for counting only. */
export interface CostGraph extends Omit<Graph, "nodes"> {
  /** In execution order: a node reads only earlier ones. */
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

/**
 * An equivalent node that backends support, with the same shape and cost: a sum becomes a
 * 1 x 1 pool.
 */
function standIn(node: CostNode): Node {
  if (node?.op !== "add") return node;
  const input = node.inputs?.[0] as string;
  const window = { size: 1, stride: 1, padding: "valid" } as const;
  return { op: "maxPool", name: node.name, input, ...window };
}
