import type { NodeDef } from "./node_def.ts";
import type { GraphBuilder } from "./graph_builder.ts";
import { elementsOf } from "./tensor_proto.ts";
import {
  type Activation,
  asTensor,
  type ShapeValue,
  type Value,
} from "./value.ts";

/** A `Reshape`: an identity if its input is flat or the image, otherwise a flattening. */
export function reshape(
  { name }: NodeDef,
  of: Value | undefined,
  to: Value | undefined,
  graph: GraphBuilder,
): Value | undefined {
  if (of?.kind !== "activation" || to === undefined) return undefined;
  const shape = asTensor(to)?.read();
  if (of.isFlat) {
    return shape === undefined || isFlat(shape, of.units)
      ? same(name, of, graph)
      : undefined;
  }
  if (of.image !== undefined) {
    return shape?.length === 4 && shape[3] === 3
      ? same(name, of, graph)
      : undefined;
  }
  if (countOf(to) !== 2) return undefined;
  const order = "height-width-channel";
  graph.add({ op: "flatten", name, input: of.name, order });
  return { kind: "activation", name, isFlat: true };
}

/** A `Squeeze`, after pools and 1 x 1 convolutions. */
export function squeeze(
  { name, attributes }: NodeDef,
  of: Value | undefined,
  graph: GraphBuilder,
): Value | undefined {
  if (of?.kind === "shape") return of;
  if (of?.kind !== "activation" || !of.isFlat) return undefined;
  const axes = attributes.numbers("squeeze_dims") ?? [];
  return axes.every((it) => it === 1 || it === 2) && axes.length > 0
    ? same(name, of, graph)
    : undefined;
}

/** The number of values computed from a shape. The values themselves are never needed. */
export function shapeOf(
  { op, attributes }: NodeDef,
  inputs: readonly Value[],
): ShapeValue | undefined {
  const [of] = inputs;
  if (op === "Shape") {
    if (of?.kind !== "activation") return undefined;
    return { kind: "shape", count: of.isFlat ? undefined : 4 };
  }
  if (!inputs.some((it) => it.kind === "shape")) return undefined;
  switch (op) {
    case "Prod":
      return { kind: "shape", count: 1 };
    case "StridedSlice": {
      const isOne = attributes.number("shrink_axis_mask") === 1;
      return { kind: "shape", count: isOne ? 1 : undefined };
    }
    case "Slice": {
      const count = asTensor(inputs[2])?.read()[0];
      return { kind: "shape", count: count! > 0 ? count : undefined };
    }
  }
  // Pack, or a concatenation.
  const counts = inputs.map(countOf);
  return {
    kind: "shape",
    count: counts.includes(undefined)
      ? undefined
      : counts.reduce((a, b) => a! + b!, 0),
  };
}

function countOf(value: Value): number | undefined {
  return value.kind === "shape"
    ? value.count
    : value.kind === "constant"
    ? elementsOf(value.tensor.shape)
    : undefined;
}

/** Whether a shape is flat: `[-1, 1000]` or `[1, 1, 1, 1000]`. */
function isFlat(shape: Float32Array, units: number | undefined): boolean {
  const last = shape.at(-1);
  return shape.subarray(1, -1).every((it) => it === 1) &&
    (last === -1 || units === undefined || last === units);
}

function same(name: string, of: Activation, graph: GraphBuilder): Activation {
  graph.add({ op: "identity", name, input: of.name });
  return { ...of, name };
}
