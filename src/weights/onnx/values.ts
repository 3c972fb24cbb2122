/**
 * The values in an ONNX graph, as far as they are known without running it.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import { Unread } from "../foreign/unread.ts";
import type { OnnxNode } from "./model.ts";
import type { Constant } from "./tensor.ts";

/** The image, or values computed from it. */
export interface Activation {
  readonly kind: "activation";
  /** The key of the foreign node that computes it. */
  readonly key: string;
  /** One letter per axis: `"NCHW"`, `"NHWC"`, `"NC"`; `"1"` for an axis of extent 1. */
  readonly layout: string;
  /** `[height, width]` in pixels; `null` if unknown. */
  readonly size: Size;
  /** Whether it is the image, perhaps scaled. */
  readonly isImage?: boolean | undefined;
  /** Whether it is the image in bytes, 0..255. */
  readonly isBytes?: boolean | undefined;
  /** Whether it is the result of a layer, before any activation. */
  readonly isLinear?: boolean | undefined;
  /** Zeros that a `Pad` added around it: `[top, left, bottom, right]`. */
  readonly pads?: Pads | undefined;
}

export type Size = readonly [height: number | null, width: number | null];
export type Pads = readonly [
  top: number,
  left: number,
  bottom: number,
  right: number,
];

/** One channel of the image, scaled. */
export interface Channel {
  readonly kind: "channel";
  readonly image: Activation;
  readonly index: number;
  readonly scale: number;
  readonly offset: number;
  /** The image's layout, without the channel axis or with `"1"` for it. */
  readonly layout: string;
}

export interface Known {
  readonly kind: "constant";
  readonly tensor: Constant;
}

/** Integers computed from the shape of a value; `null` if unknown. */
export interface Extents {
  readonly kind: "extents";
  /** `"N"` is the number of images. */
  readonly values: readonly (number | "N" | null)[];
}

/** A value that depends on the unsupported node `key`. */
export interface Unknown {
  readonly kind: "unknown";
  readonly key: string;
}

export type Value = Activation | Channel | Known | Extents | Unknown;

/** A node of the ONNX graph with its inputs. */
export interface Reading {
  readonly node: OnnxNode;
  readonly opset: number;
  /** The value of each input; `undefined` for an omitted one. */
  readonly inputs: readonly (Value | undefined)[];
  /** Adds a node to the foreign graph. Returns its key, based on the first output's name. */
  add(node: WithoutName<ForeignNode>): string;
}

/** Reads a node. Returns its value, or one value per output. */
export type Operator = (reading: Reading) => Value | readonly Value[];

type WithoutName<T> = T extends unknown ? Omit<T, "name"> : never;

/** An input computed from the image, without zeros around it. */
export function activationAt(reading: Reading, index: number): Activation {
  const value = paddedAt(reading, index);
  if (value.pads === undefined) return value;
  throw new Unread(`${nodeKind(reading)} of a padded value`);
}

/** Like {@linkcode activationAt}, but may have zeros around it. */
export function paddedAt(reading: Reading, index: number): Activation {
  const value = reading.inputs[index];
  if (value?.kind === "activation") return value;
  throw new Unread(`${nodeKind(reading)} of ${kindOf(value)}`);
}

/** An activation in ONNX's layout, NCHW. */
export function gridAt(reading: Reading, index: number): Activation {
  return inLayout(reading, paddedAt(reading, index), "NCHW");
}

export function inLayout(
  reading: Reading,
  value: Activation,
  layout: string,
): Activation {
  if (value.layout === layout) return value;
  throw new Unread(
    `${nodeKind(reading)} of the axes ${value.layout} instead of ${layout}`,
  );
}

/** A constant input; `undefined` if it is omitted. */
export function constantAt(
  reading: Reading,
  index: number,
): Constant | undefined {
  const value = reading.inputs[index];
  if (value === undefined) return undefined;
  if (value.kind === "constant") return value.tensor;
  throw new Unread(`${nodeKind(reading)} whose input ${index} is computed`);
}

/** Like {@linkcode constantAt}, for a required input. */
export function weightsAt(reading: Reading, index: number): Constant {
  const tensor = constantAt(reading, index);
  if (tensor !== undefined) return tensor;
  throw new CorruptWeightsError(
    `Cannot import ${nodeText(reading.node)} as it must have ${
      index + 1
    } inputs: it has ${reading.node.inputs.length}`,
  );
}

/** For errors: `the Conv "/conv1" of the ONNX model`. */
export function nodeText({ name, op, outputs }: OnnxNode): string {
  return `the ${op} "${name || outputs[0]}" of the ONNX model`;
}

/** For {@linkcode Unread}: `a MaxPool`. */
export function nodeKind({ node }: Reading): string {
  return withArticle(node.op);
}

export function withArticle(op: string): string {
  return `${/^[aeio]/i.test(op) ? "an" : "a"} ${op}`;
}

function kindOf(value: Value | undefined): string {
  switch (value?.kind) {
    case undefined:
      return "nothing";
    case "channel":
      return "one channel of the image";
    case "constant":
      return "constants";
    case "extents":
      return "a shape";
    default:
      return "computed values";
  }
}
