import type { ForeignTensor } from "../foreign/graph.ts";

/** A node of a TensorFlow graph: a `NodeDef`, whether it is written as bytes or as JSON. */
export interface NodeDef {
  /** Unique in its graph. */
  readonly name: string;
  /** What it computes: `"Conv2D"`. */
  readonly op: string;
  /** What it reads, without control dependencies. */
  readonly inputs: readonly NodeInput[];
  readonly attributes: NodeAttributes;
}

export interface NodeInput {
  /** The node that is read. */
  readonly name: string;
  /** Which of its results. */
  readonly index: number;
}

/** Each is `undefined` where the node hasn't the attribute, which then has its default. */
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

/** The nodes of a graph with what its container knows of it. */
export interface TensorflowGraph {
  /** What the file is in a sentence: `"TensorFlow graph"`. */
  readonly format: string;
  readonly nodes: ReadonlyMap<string, NodeDef>;
  /** The nodes that are its results; those that no other reads unless given. */
  readonly outputs?: readonly string[] | undefined;
  /** The values of a `Const`, or of what reads a variable, if they are numbers. */
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

/** The number of a type, of those above or another. */
export type DataType = number;

/** More than any Inception-v3 has with its optimizer's variables. */
export const MAX_NODES = 2 ** 14;

/** The inputs of one node: a function has all variables among its. */
export const MAX_INPUTS = 2 ** 12;

/**
 * What an input's text says: `"name"`, `"name:1"`, in a function `"name:output:1"`;
 * `undefined` for `"^name"`, which is only to run earlier.
 */
export function parseInput(text: string): NodeInput | undefined {
  if (text.startsWith("^")) return undefined;
  const [name, ...rest] = text.split(":");
  const index = Number(rest.at(-1) ?? 0);
  // Of several results, a function names the one that it reads.
  const isFirst = rest.length < 2 || !/^(batch_|reserve_space)/.test(rest[0]!);
  return { name: name!, index: isFirst ? index : index + 1 };
}
