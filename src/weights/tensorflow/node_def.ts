import type { ForeignTensor } from "../foreign/graph.ts";

/** A node of a TensorFlow graph: a `NodeDef`, read from protobuf or JSON. */
export interface NodeDef {
  /** Unique in its graph. */
  readonly name: string;
  /** Its operation: `"Conv2D"`. */
  readonly op: string;
  /** Its inputs, without control dependencies. */
  readonly inputs: readonly NodeInput[];
  readonly attributes: NodeAttributes;
}

export interface NodeInput {
  /** The node that is read. */
  readonly name: string;
  /** The index of the result that is read. */
  readonly index: number;
}

/** Each returns `undefined` if the node lacks the attribute; its default then applies. */
export interface NodeAttributes {
  number(name: string): number | undefined;
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  type(name: string): DataType | undefined;
  numbers(name: string): readonly number[] | undefined;
  texts(name: string): readonly string[] | undefined;
  /** `null` for an extent that isn't fixed. */
  shape(name: string): readonly (number | null)[] | undefined;
  /** The name of a function. */
  callee(name: string): string | undefined;
}

/** The nodes of a graph, with facts from its container. */
export interface TensorflowGraph {
  /** The file's format in a sentence: `"TensorFlow graph"`. */
  readonly format: string;
  readonly nodes: ReadonlyMap<string, NodeDef>;
  /** The output nodes; by default, those that no other node reads. */
  readonly outputs?: readonly string[] | undefined;
  /** The values of a `Const` or a variable, if they are numbers. */
  constant(node: NodeDef): ForeignTensor | undefined;
}

/** `DataType` of TensorFlow's `types.proto`. */
export const DATA_TYPES = {
  DT_FLOAT: 1,
  DT_DOUBLE: 2,
  DT_INT32: 3,
  DT_UINT8: 4,
  DT_STRING: 7,
  DT_INT64: 9,
  DT_BOOL: 10,
  DT_BFLOAT16: 14,
  DT_HALF: 19,
} as const;

/** The number of a type; it may not be in {@linkcode DATA_TYPES}. */
export type DataType = number;

/** Maximum number of nodes: more than any Inception-v3 has, even with an optimizer. */
export const MAX_NODES = 2 ** 14;

/** Maximum number of inputs of a node. A function call reads all variables. */
export const MAX_INPUTS = 2 ** 12;

/**
 * Parses an input: `"name"`, `"name:1"` or, in a function, `"name:output:1"`. Returns
 * `undefined` for `"^name"`, a control dependency.
 */
export function parseInput(text: string): NodeInput | undefined {
  if (text.startsWith("^")) return undefined;
  const [name, ...rest] = text.split(":");
  const index = Number(rest.at(-1) ?? 0);
  // A function names the result that it reads, if there are several.
  const isFirst = rest.length < 2 || !/^(batch_|reserve_space)/.test(rest[0]!);
  return { name: name!, index: isFirst ? index : index + 1 };
}
