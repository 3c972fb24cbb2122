import { ArgumentError } from "../errors.ts";
import { type Graph, isWeighted } from "./graph.ts";
import type { Variant } from "./inception_options.ts";
import { inceptionV3 } from "./inception_v3.ts";
import type { Network } from "./network.ts";
import { elementCount, inferShapes } from "./shapes.ts";

/**
 * The graph of a network.
 *
 * @param asked Another variant than its own.
 * @throws {ArgumentError} When its classifier reads all activations, and their number is
 * different at the variant `asked`.
 */
export function networkGraph(
  { architecture, variant: own = "full" }: Pick<
    Network,
    "architecture" | "variant"
  >,
  asked: Variant = own,
): Graph {
  const graph = inceptionV3({ ...architecture, variant: asked });
  if (architecture.pooling !== "flatten" || asked === own) return graph;
  const reader = graph.nodes.find((node) =>
    isWeighted(node) && node.input === graph.outputs.features
  );
  if (reader === undefined) return graph; // It has no classes.
  const trained = inceptionV3({ ...architecture, variant: own });
  const [found, needed] = [graph, trained].map(featureCount);
  if (found === needed) return graph;
  throw new ArgumentError(
    `Cannot run the network at ${
      graph.input[0]
    } pixels a side as its classifier reads all of its ${needed} last activations: there are ${found}. It runs at ${
      trained.input[0]
    } pixels`,
  );
}

/** The number of a graph's features. */
export function featureCount(graph: Graph): number {
  return elementCount(inferShapes(graph).get(graph.outputs.features)!);
}
