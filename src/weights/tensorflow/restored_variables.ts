import type { FunctionBody } from "./inline_calls.ts";
import type { NodeDef, NodeInput } from "./node_def.ts";
import type { ProtoNode } from "./proto_nodes.ts";

/** Maximum number of variables that one node restores. */
const MAX_RESTORED = 2 ** 14;

/** A variable's name at run time. */
export function variableName({ name, attributes }: NodeDef): string {
  return attributes.text("shared_name") || name;
}

/**
 * The checkpoint keys of variables, by variable name, read from the nodes that restore them.
 * TensorFlow 1 has a `RestoreV2` and assignments in the graph, TensorFlow 2 in a function.
 *
 * @param restore The name of the saver's restore node, which may call such a function.
 */
export function restoredVariables(
  nodes: ReadonlyMap<string, ProtoNode>,
  functionNamed: (name: string) => FunctionBody | undefined,
  restore: string | undefined,
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const main = { nodes, args: [], results: [] };
  addRestored(main, [], nodes, keys);
  const call = nodes.get(restore ?? "");
  const body = call && functionNamed(call.attributes.callee("f") ?? "");
  if (body !== undefined) addRestored(body, call!.inputs, nodes, keys);
  return keys;
}

function addRestored(
  { nodes, args }: FunctionBody,
  given: readonly NodeInput[],
  main: ReadonlyMap<string, ProtoNode>,
  keys: Map<string, string>,
): void {
  const known = new Map(args.map((it, i) => [it, given[i]]));
  const names = new Map<string, readonly string[]>();
  for (const { op, inputs } of nodes.values()) {
    if (op !== "AssignVariableOp" && op !== "Assign") continue;
    const [to, from] = inputs;
    if (to === undefined || from === undefined) continue;
    const variable = main.get((known.get(to.name) ?? to).name);
    let value = from;
    let node = nodes.get(from.name);
    if (node?.op === "Identity" && node.inputs[0] !== undefined) {
      value = node.inputs[0];
      node = nodes.get(value.name);
    }
    if (variable === undefined || node?.op !== "RestoreV2") continue;
    const list = node.inputs[1]?.name ?? "";
    let texts = names.get(list);
    if (texts === undefined) {
      texts = nodes.get(list)?.tensor()?.texts(8, MAX_RESTORED) ?? [];
      names.set(list, texts);
    }
    const key = texts[value.index];
    if (key !== undefined) keys.set(variableName(variable), key);
  }
}
