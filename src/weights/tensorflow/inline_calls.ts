import { CorruptWeightsError } from "../../errors.ts";
import type { ProtoMessage } from "../protobuf.ts";
import {
  MAX_INPUTS,
  MAX_NODES,
  type NodeInput,
  parseInput,
} from "./node_def.ts";
import { type ProtoNode, readProtoNodes } from "./proto_nodes.ts";

/** A `FunctionDef`. */
export interface FunctionBody {
  readonly nodes: ReadonlyMap<string, ProtoNode>;
  /** The names of its arguments, in order. */
  readonly args: readonly string[];
  /** Its results, in order. */
  readonly results: readonly NodeInput[];
}

/** Maximum number of functions. A Keras model has about 10, and 3 per RNN. */
const MAX_FUNCTIONS = 2 ** 12;

/** Maximum nesting of calls. */
const MAX_DEPTH = 16;
/** Maximum number of calls. */
const MAX_CALLS = 256;

/** Looks up functions of a `FunctionDefLibrary`. Each is parsed on request. */
export function readFunctions(
  library: ProtoMessage | undefined,
): (name: string) => FunctionBody | undefined {
  const bodies = new Map(
    library?.messages(1, "a function", MAX_FUNCTIONS).map((it) => [
      it.message(1, "a signature")?.text(1),
      it,
    ]),
  );
  return (name) => {
    const body = bodies.get(name);
    return body && readFunction(body);
  };
}

function readFunction(proto: ProtoMessage): FunctionBody {
  const signature = proto.message(1, "a signature")!;
  const names = (field: number) =>
    signature.messages(field, "an argument", MAX_INPUTS)
      .map((it) => it.text(1) ?? "");
  const returned = new Map(
    proto.messages(4, "a result", MAX_INPUTS).map((it) => [
      it.text(1),
      it.text(2) ?? "",
    ]),
  );
  return {
    nodes: readProtoNodes(proto, 3),
    args: names(2),
    results: names(3).map((it) => parseInput(returned.get(it) ?? "")!),
  };
}

/**
 * Inlines the function calls that `outputs` depend on.
 *
 * @returns All nodes that the outputs depend on, and the outputs' names among them.
 */
export function inlineCalls(
  nodes: ReadonlyMap<string, ProtoNode>,
  outputs: readonly NodeInput[],
  functionNamed: (name: string) => FunctionBody | undefined,
) {
  const inlined = new Map<string, ProtoNode>();
  let calls = 0;
  let parsed = 0;

  const instantiate = (
    { nodes, args, results }: FunctionBody,
    given: readonly NodeInput[],
    depth: number,
  ): readonly NodeInput[] => {
    const known = new Map(args.map((it, i) => [it, given[i]]));
    const names = new Map<string, string>();
    const returned = new Map<string, readonly NodeInput[]>();
    const waiting: ProtoNode[] = [];
    const resolve = ({ name, index }: NodeInput): NodeInput => {
      const arg = known.get(name);
      if (arg !== undefined) return arg;
      const node = nodes.get(name);
      const callee = node && calleeOf(node);
      if (callee === undefined) {
        return { name: node ? newName(node) : name, index };
      }
      let values = returned.get(name);
      if (values === undefined) {
        // Counted before resolving, since calls may form a cycle.
        if (++calls > MAX_CALLS) throw tooMany();
        const inputs = node!.inputs.map(resolve);
        values = call(callee, inputs, depth + 1);
        returned.set(name, values);
      }
      return values[index] ?? { name, index };
    };
    const newName = (node: ProtoNode): string => {
      let name = names.get(node.name);
      if (name !== undefined) return name;
      name = node.name;
      for (let i = 2; inlined.has(name); i++) name = `${node.name} (${i})`;
      names.set(node.name, name);
      inlined.set(name, { ...node, name });
      waiting.push(node);
      return name;
    };
    const resolved = results.map(resolve);
    for (let node; (node = waiting.pop()) !== undefined;) {
      const name = names.get(node.name)!;
      inlined.set(name, { ...node, name, inputs: node.inputs.map(resolve) });
    }
    return resolved;
  };

  const call = (
    callee: string,
    inputs: readonly NodeInput[],
    depth: number,
  ): readonly NodeInput[] => {
    const body = functionNamed(callee);
    if (body === undefined) {
      throw corrupt(`it must have the function "${callee}", which it calls`);
    }
    parsed += body.nodes.size;
    if (depth > MAX_DEPTH || parsed > 2 * MAX_NODES) throw tooMany();
    return instantiate(body, inputs, depth);
  };

  const main = { nodes, args: [], results: outputs };
  return { nodes: inlined, outputs: instantiate(main, [], 0) };
}

function calleeOf({ op, attributes }: ProtoNode): string | undefined {
  return op === "PartitionedCall" || op === "StatefulPartitionedCall"
    ? attributes.callee("f")
    : undefined;
}

function tooMany(): CorruptWeightsError {
  return corrupt(
    `its functions must be called <= ${MAX_CALLS} times, <= ${MAX_DEPTH} deep, and have <= ${
      2 * MAX_NODES
    } nodes in all`,
  );
}

function corrupt(must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot read the SavedModel as ${must}`);
}
