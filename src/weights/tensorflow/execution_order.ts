import { CorruptWeightsError } from "../../errors.ts";
import type { NodeDef } from "./node_def.ts";

/** The nodes that `output` depends on, in topological order: inputs first. */
export function executionOrder(
  nodes: ReadonlyMap<string, NodeDef>,
  output: string,
): readonly NodeDef[] {
  const order: NodeDef[] = [];
  const isDone = new Map<string, boolean>();
  const node = (name: string): NodeDef => {
    const found = nodes.get(name);
    if (found !== undefined) return found;
    throw new CorruptWeightsError(
      `Cannot read the TensorFlow graph as it must have the node "${name}"`,
    );
  };
  // Not recursive, since chains in a file may be arbitrarily long.
  const path = [{ node: node(output), next: 0 }];
  while (path.length > 0) {
    const step = path.at(-1)!;
    const { name, inputs } = step.node;
    isDone.set(name, false);
    const input = inputs[step.next++];
    if (input === undefined) {
      isDone.set(name, true);
      order.push(step.node);
      path.pop();
      continue;
    }
    const state = isDone.get(input.name);
    if (state === undefined) path.push({ node: node(input.name), next: 0 });
    else if (!state) {
      throw new CorruptWeightsError(
        `Cannot read the TensorFlow graph as its nodes must not read each other in a circle: "${name}" does`,
      );
    }
  }
  return order;
}
