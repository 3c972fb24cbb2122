/**
 * Convolutions, pools and padding.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignPadding } from "../foreign/graph.ts";
import {
  assertChannelsLast,
  type GraphBuilder,
  keep,
} from "./graph_builder.ts";
import type { NodeDef } from "./node_def.ts";
import {
  type Activation,
  asActivation,
  asTensor,
  type Value,
} from "./value.ts";

export function readConv(
  node: NodeDef,
  [of, weights]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const kernel = asTensor(weights);
  if (of?.kind !== "activation" || kernel?.shape.length !== 4) return undefined;
  assertChannelsLast(node);
  const { name } = node;
  graph.add({
    op: "conv",
    name,
    input: of.name,
    kernel,
    stride: spatial(node, "strides"),
    dilation: spatial(node, "dilations"),
    padding: paddingOf(node, of),
  });
  const [height, width, , units] = kernel.shape;
  // A 1 x 1 convolution of one pixel is a dense layer.
  const isFlat = of.isFlat && height === 1 && width === 1;
  return {
    kind: "activation",
    name,
    isFlat,
    units: isFlat ? units : undefined,
  };
}

export function readPool(
  node: NodeDef,
  [of]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  if (of?.kind !== "activation") return undefined;
  assertChannelsLast(node);
  const { name } = node;
  const kind = node.op === "MaxPool" ? "max" : "mean";
  const size = spatial(node, "ksize");
  const padding = paddingOf(node, of);
  const countIncludePad = typeof padding === "object";
  if (kind === "max" && of.padding !== undefined) return undefined;
  graph.add({
    op: "pool",
    name,
    input: of.name,
    kind,
    size,
    stride: spatial(node, "strides"),
    padding,
    countIncludePad,
  });
  // Pools inside the network are 3 x 3, and average pools among them are padded.
  const isFlat = padding === "valid" &&
    (kind === "mean" || size.some((it) => it !== 3));
  return { kind: "activation", name, isFlat };
}

/** A `Pad` with zeros. It becomes the padding of the next convolution or pool. */
export function readPad(
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const of = asActivation(inputs[0]);
  const pads = asTensor(inputs[1])?.read();
  const isZero = inputs[2] === undefined ||
    asTensor(inputs[2])?.read()[0] === 0;
  if (of === undefined || of.padding || pads?.length !== 8 || !isZero) {
    return undefined;
  }
  const [front, back, top, bottom, left, right, first, last] = pads;
  if ([front, back, first, last].some((it) => it !== 0)) return undefined;
  const value = keep(node, [of], graph) as Activation;
  return { ...value, padding: [top!, left!, bottom!, right!] };
}

function paddingOf(node: NodeDef, of: Activation): ForeignPadding {
  const { name, attributes } = node;
  const padding = attributes.text("padding");
  if (padding === "VALID") return of.padding ?? "valid";
  if (of.padding === undefined) {
    if (padding === "SAME") return "same";
    const explicit = attributes.numbers("explicit_paddings") ?? [];
    if (padding === "EXPLICIT" && explicit.length === 8) {
      const [, , top, bottom, left, right] = explicit;
      return [top!, left!, bottom!, right!];
    }
  }
  throw new CorruptWeightsError(
    `Cannot read the node "${name}" as its padding must be VALID, or SAME, or EXPLICIT with 8 numbers, and only one of all: it is ${padding}`,
  );
}

/** `[height, width]` of an attribute in the order `[image, height, width, channel]`. */
function spatial(
  { name, attributes }: NodeDef,
  key: string,
): readonly [number, number] {
  const values = attributes.numbers(key) ?? [1, 1, 1, 1];
  const [image, height, width, channel] = values;
  if (values.length === 4 && image === 1 && channel === 1) {
    return [height!, width!];
  }
  throw new CorruptWeightsError(
    `Cannot read the node "${name}" as its ${key} must be [1, height, width, 1]: it is [${values}]`,
  );
}
