import { type Graph, nodeInputs } from "./graph.ts";
import { inferShapes } from "./shapes.ts";

/**
 * The convolutions and average pools on the last grid, whose pixels become features by
 * their mean or maximum. There are none if all values are features.
 */
export function lastActivations(graph: Graph): ReadonlySet<string> {
  const shapes = inferShapes(graph);
  const pool = graph.nodes.find(({ name }) => name === graph.outputs.features);
  if (pool?.op !== "globalAvgPool" && pool?.op !== "globalMaxPool") {
    return new Set();
  }
  const [height, width] = shapes.get(nodeInputs(pool)[0]!)!;
  return new Set(
    graph.nodes.filter(({ op, name }) => {
      const [rows, columns] = shapes.get(name)!;
      return (op === "conv" || op === "avgPool") &&
        rows === height && columns === width;
    }).map(({ name }) => name),
  );
}
