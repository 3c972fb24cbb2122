import { type Graph, INPUT, type Node, nodeInputs } from "../../model/mod.ts";
import { GraphError } from "../../errors.ts";

/**
 * Checks that there are kernels for nodes of a graph. They are for all that
 * Inception-v3 has, of whatever shape, and not for all that a graph may be.
 *
 * @throws {GraphError} When there are not. The text names the node.
 */
export function assertRunnable(graph: Graph, nodes: readonly Node[]): void {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const refuse = (name: string, must: string): never => {
    throw new GraphError(`Cannot run "${name}" in int8 as it must ${must}`);
  };
  /** Whether a value is f32, rather than codes. */
  const isVector = (name: string) =>
    ["globalAvgPool", "dense", "softmax"].includes(byName.get(name)?.op ?? "");
  for (const node of nodes) {
    const inputs = nodeInputs(node);
    switch (node.op) {
      case "conv":
        // Codes are never negative.
        if (node.activation !== "relu") refuse(node.name, "end with relu");
        if (node.input === INPUT && node.padding === "same") {
          refuse(node.name, "read the image without padding");
        }
        break;
      case "maxPool":
      case "avgPool":
        if (node.input === INPUT) refuse(node.name, "not read the image");
        if (node.size > 16) refuse(node.name, "have a size <= 16"); // Sums of u16.
        break;
      case "dense":
      case "softmax":
        if (!isVector(node.input)) refuse(node.name, "follow a global pool");
        if (byName.get(node.input)!.op === "softmax") {
          refuse(node.name, "not follow a softmax");
        }
        continue;
      default:
    }
    if (inputs.some(isVector)) refuse(node.name, "come before the global pool");
  }
  for (const [output, name] of Object.entries(graph.outputs)) {
    const place = output === "activations" ? "come before" : "follow";
    if (byName.has(name) && isVector(name) !== (place === "follow")) {
      refuse(name, `${place} a global pool to be the output "${output}"`);
    }
  }
}
