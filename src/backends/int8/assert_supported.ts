import { type Graph, INPUT, type Node, nodeInputs } from "../../model/mod.ts";
import { GraphError } from "../../errors.ts";

/** Nodes whose results are f32, not codes. */
const VECTORS: ReadonlySet<Node["op"] | undefined> = new Set([
  "globalAvgPool",
  "globalMaxPool",
  "flatten",
  "dense",
  "softmax",
  "sigmoid",
]);

/**
 * Asserts that the int8 backends have kernels for all nodes. They support the layers of
 * Inception-v3 in any shape, but not every graph.
 */
export function assertSupported(graph: Graph, nodes: readonly Node[]): void {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const refuse = (name: string, must: string): never => {
    throw new GraphError(`Cannot run "${name}" in int8 as it must ${must}`);
  };
  /** Whether the result of a node is f32, not codes. */
  const isVector = (name: string) => VECTORS.has(byName.get(name)?.op);
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
      case "globalAvgPool":
      case "globalMaxPool":
      case "flatten":
        if (node.input === INPUT) refuse(node.name, "not read the image");
        break;
      case "maxPool":
      case "avgPool":
        if (node.input === INPUT) refuse(node.name, "not read the image");
        // Sums are u16.
        if (node.size > 16) refuse(node.name, "have a size <= 16");
        break;
      case "dense":
      case "softmax":
      case "sigmoid": {
        if (!isVector(node.input)) refuse(node.name, "follow a global pool");
        const { op } = byName.get(node.input)!;
        if (op === "softmax" || op === "sigmoid") {
          refuse(node.name, `not follow a ${op}`);
        }
        continue;
      }
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
