import { CorruptWeightsError } from "../../errors.ts";
import type { NodeDef, TensorflowGraph } from "./node_def.ts";

/** Ops that can't be a graph's answer. */
const SILENT =
  /^(Const|NoOp|Placeholder\w*|Assert|VarHandleOp|VariableV2|Assign\w*|SaveV2|Save)$/;

/** Ops that pass on their input's meaning. */
const PASSED = /^(Identity|Reshape|Squeeze|StopGradient)$/;

/** The output node of a graph; of several, the only one with probabilities. */
export function findOutput(
  { format, nodes, outputs }: TensorflowGraph,
): string {
  const found = [...new Set(outputs ?? unread(nodes))];
  if (found.length === 1) return found[0]!;
  const answers = found.filter((it) => isAnswer(nodes, it));
  if (answers.length === 1) return answers[0]!;
  const names = found.slice(0, 4).map((it) => `"${it}"`);
  if (found.length > names.length) names.push("others");
  throw new CorruptWeightsError(
    `Cannot read the ${format} as it must have one answer: it has ${
      names.join(", ") || "none"
    }: freeze it with one output, the probabilities or the logits`,
  );
}

function unread(nodes: ReadonlyMap<string, NodeDef>): string[] {
  const read = new Set<string>();
  for (const { inputs } of nodes.values()) {
    for (const { name } of inputs) read.add(name);
  }
  return [...nodes.values()]
    .filter(({ name, op }) => !read.has(name) && !SILENT.test(op))
    .map(({ name }) => name);
}

/** Whether a node computes probabilities. */
function isAnswer(nodes: ReadonlyMap<string, NodeDef>, name: string): boolean {
  let node = nodes.get(name);
  for (let i = 0; node !== undefined && PASSED.test(node.op) && i < 64; i++) {
    node = nodes.get(node.inputs[0]?.name ?? "");
  }
  return node?.op === "Softmax" || node?.op === "Sigmoid";
}
