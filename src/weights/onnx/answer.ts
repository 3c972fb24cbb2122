import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import { shown } from "../json.ts";
import type { OnnxGraph } from "./graph.ts";

/**
 * The key of the node that gives a model's answer: the output that no other output is
 * computed of. What is beside the network, such as the index of its first class, isn't one.
 */
export function answerOf(
  { nodes, values }: OnnxGraph,
  outputs: readonly string[],
): string {
  const keys = new Map<string, string>();
  for (const name of outputs) {
    const value = values.get(name);
    if (value?.kind === "activation" || value?.kind === "unknown") {
      keys.set(value.key, name);
    }
  }
  const needs = new Map(
    [...keys.keys()].map((key) => [key, neededBy(nodes, key)]),
  );
  const isRead = ([, needed]: [string, ReadonlySet<string>]) =>
    ![...needed].some((it) => nodes.get(it)?.op === "other");
  const read = [...needs].filter(isRead);
  const candidates = read.length > 0 ? read : [...needs];
  const answers = candidates.filter(([key]) =>
    !candidates.some(([other, needed]) => other !== key && needed.has(key))
  );
  const [answer] = answers;
  if (answer !== undefined && answers.length === 1) return answer[0];
  throw new CorruptWeightsError(
    `Cannot import the ONNX model as it must have one answer: it has ${
      answers.map(([key]) => shown(keys.get(key))).join(" and ") || "none"
    }; export it after model.eval(), which leaves the auxiliary one out`,
  );
}

/** The keys of all nodes that one is computed of, its own too. */
function neededBy(
  nodes: ReadonlyMap<string, ForeignNode>,
  key: string,
): ReadonlySet<string> {
  const needed = new Set([key]);
  for (const it of needed) { // It grows.
    const node = nodes.get(it);
    if (node === undefined || node.op === "input" || node.op === "other") {
      continue;
    }
    for (const input of node.op === "concat" ? node.inputs : [node.input]) {
      needed.add(input);
    }
  }
  return needed;
}
