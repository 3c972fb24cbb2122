import { type Graph, INPUT, nodeInputs } from "./graph.ts";

/** How many convolutions may lie between the image and an activation, itself among them. */
const DEPTH = 2;

/**
 * The activations of the first two convolutions, where only convolutions read them. Their
 * values follow the image, so where it is smooth, rounding errors are alike over many
 * pixels and add up: most of what rounding activations loses is lost there.
 */
export function firstActivations(
  { nodes, outputs }: Pick<Graph, "nodes" | "outputs">,
): ReadonlySet<string> {
  const kept = new Set(Object.values(outputs));
  const depths = new Map([[INPUT, 0]]);
  for (const node of nodes) {
    if (node.op === "conv") {
      depths.set(node.name, (depths.get(node.input) ?? Infinity) + 1);
    } else {
      for (const name of nodeInputs(node)) kept.add(name);
    }
  }
  return new Set(
    nodes.filter(({ op, name }) =>
      op === "conv" && depths.get(name)! <= DEPTH && !kept.has(name)
    ).map(({ name }) => name),
  );
}
