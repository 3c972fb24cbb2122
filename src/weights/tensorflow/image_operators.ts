/**
 * Operators on the image before the first convolution.
 *
 * @module
 */
import { type GraphBuilder, keep } from "./graph_builder.ts";
import { DATA_TYPES, type NodeDef } from "./node_def.ts";
import {
  type Activation,
  asActivation,
  asTensor,
  type Value,
} from "./value.ts";

export function readInput(
  { name, op, attributes }: NodeDef,
  _: readonly Value[],
  graph: GraphBuilder,
): Activation {
  const [, height, width] = attributes.shape("shape") ?? [];
  const size = [height || null, width || null] as const;
  graph.add({ op: "input", name, size });
  const isBytes = op !== "Placeholder" ||
    attributes.type("dtype") === DATA_TYPES.DT_UINT8;
  const image = { input: name, isBytes };
  return { kind: "activation", name, isFlat: false, image };
}

/** An `ExpandDims` that adds the batch axis to the image. */
export function keepImage(
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const [of] = inputs;
  if (of?.kind === "shape") return { kind: "shape", count: 1 };
  return asActivation(of)?.image && asTensor(inputs[1])?.read()[0] === 0
    ? keep(node, inputs, graph)
    : undefined;
}

export function readCast(
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const { DT_FLOAT, DT_HALF, DT_BFLOAT16, DT_DOUBLE } = DATA_TYPES;
  const floats: readonly unknown[] = [
    DT_FLOAT,
    DT_HALF,
    DT_BFLOAT16,
    DT_DOUBLE,
  ];
  const isFloat = floats.includes(node.attributes.type("DstT"));
  const [of] = inputs;
  return isFloat || of?.kind !== "activation"
    ? keep(node, inputs, graph)
    : undefined;
}

/** Skips resizing, which this library does itself, and keeps the size from the file. */
export function readResize(
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const image = asActivation(inputs[0])?.image;
  if (image === undefined) return undefined;
  const [height, width] = asTensor(inputs[1])?.read() ?? [];
  if (height! > 0 && width! > 0) graph.resize(image.input, [height!, width!]);
  return keep(node, inputs, graph);
}
