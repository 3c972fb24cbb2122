import { CorruptWeightsError } from "../../errors.ts";
import { shown } from "../json.ts";
import type { ForeignNode } from "./graph.ts";

/** What gives an output of a file: `key` is that of the node. */
interface Output {
  readonly kind: string;
  readonly key?: string;
}

/**
 * The key of the node that gives a model's answer: the output that no other output is
 * computed of. What is beside the network, such as the index of its first class, isn't one.
 *
 * @param outputs The outputs' names and values.
 * @param advice Follows an error where there are two: `"; export it ..."`.
 */
export function answerOf(
  nodes: ReadonlyMap<string, ForeignNode>,
  outputs: readonly (readonly [name: string, value: Output | undefined])[],
  format: string,
  advice: string,
): string {
  const keys = new Map<string, string>();
  for (const [name, value] of outputs) {
    if (value?.key !== undefined) keys.set(value.key, name);
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
    `Cannot import the ${format} as it must have one answer: it has ${
      answers.map(([key]) => shown(keys.get(key))).join(" and ") || "none"
    }${advice}`,
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
