import { CorruptWeightsError } from "../../errors.ts";
import { shown } from "../json.ts";
import type { ForeignNode } from "./graph.ts";

/** The value behind an output of a file. `key` names the node that computes it. */
interface Output {
  readonly kind: string;
  readonly key?: string;
}

/**
 * The key of the node that computes a model's answer: the only output that no other output
 * depends on. Outputs that depend on unsupported nodes, such as the index of the top class,
 * count only if there are no others.
 *
 * @param outputs The outputs' names and values.
 * @param advice Ends the error about several answers, or none: `"; export it ..."`.
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

/** The keys of all nodes that the node `key` depends on, including itself. */
function neededBy(
  nodes: ReadonlyMap<string, ForeignNode>,
  key: string,
): ReadonlySet<string> {
  const needed = new Set([key]);
  for (const it of needed) { // The loop adds to this set.
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
