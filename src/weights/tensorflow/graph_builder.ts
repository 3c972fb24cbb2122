import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import type { ConstantFolder } from "./constants.ts";
import type { NodeDef } from "./node_def.ts";
import type { Value } from "./value.ts";

/** Where a graph's nodes are collected. */
export interface GraphBuilder {
  readonly folder: ConstantFolder;
  /** Adds a node that a node of the file stands for. */
  add(node: ForeignNode): void;
  /** The node of the file, and what it gives, if it was read. */
  node(name: string | undefined): NodeDef | undefined;
  value(name: string | undefined): Value | undefined;
  /** Sets the side lengths of the image, which is resized to them. */
  resize(input: string, size: readonly [number, number]): void;
}

/** What a node of one kind computes; `undefined` if it isn't known. */
export type OperatorReader = (
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
) => Value | undefined;

/** The same values by another name. */
export function keep(
  { name }: NodeDef,
  [of]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  if (of?.kind !== "activation") return of;
  graph.add({ op: "identity", name, input: of.name });
  return { ...of, name };
}

export function assertChannelsLast({ name, attributes }: NodeDef): void {
  const format = attributes.text("data_format") ?? "NHWC";
  if (format === "NHWC") return;
  throw new CorruptWeightsError(
    `Cannot read the node "${name}" as its data_format must be NHWC: it is ${format}: save the model with channels last`,
  );
}
