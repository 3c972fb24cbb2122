import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import type { ConstantFolder } from "./constants.ts";
import type { NodeDef } from "./node_def.ts";
import type { Value } from "./value.ts";

/** Collects the nodes of a graph. */
export interface GraphBuilder {
  readonly folder: ConstantFolder;
  /** Adds a node that was read from a node of the file. */
  add(node: ForeignNode): void;
  /** A node of the file. */
  node(name: string | undefined): NodeDef | undefined;
  /** The value of a node that has been read. */
  value(name: string | undefined): Value | undefined;
  /** Sets the size to which images are resized, in pixels. */
  resize(input: string, size: readonly [number, number]): void;
}

/** Reads a node of one kind; returns `undefined` if it isn't supported. */
export type OperatorReader = (
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
) => Value | undefined;

/** Passes a value on under the node's name. */
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
