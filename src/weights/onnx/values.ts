/**
 * What the values in an ONNX graph are, as far as it is known without computing them.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignNode } from "../foreign/graph.ts";
import { Unread } from "../foreign/unread.ts";
import type { OnnxNode } from "./model.ts";
import type { Constant } from "./tensor.ts";

/** Values that the network computes of the image. */
export interface Activation {
  readonly kind: "activation";
  /** Of the foreign node that gives it. */
  readonly key: string;
  /** An axis a letter: `"NCHW"`, `"NHWC"`, `"NC"`; `"1"` for one that has one index. */
  readonly layout: string;
  /** `[height, width]`; `null` where it isn't known. */
  readonly size: Size;
  /** Whether it is the image, perhaps scaled. */
  readonly isImage?: boolean | undefined;
  /** Whether it is the image in bytes, of 0..255. */
  readonly isBytes?: boolean | undefined;
  /** Whether it is the result of a layer whose activation may follow. */
  readonly isLinear?: boolean | undefined;
  /** Zeros around it, which a `Pad` puts there: `[top, left, bottom, right]`. */
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
  /** Of the image, without the channels, or with `"1"` for them. */
  readonly layout: string;
}

export interface Known {
  readonly kind: "constant";
  readonly tensor: Constant;
}

/** Whole numbers that are made of the shape of a value; `null` where one isn't known. */
export interface Extents {
  readonly kind: "extents";
  /** `"N"` is the number of images. */
  readonly values: readonly (number | "N" | null)[];
}

/** What depends on a node that isn't read, whose key this is. */
export interface Unknown {
  readonly kind: "unknown";
  readonly key: string;
}

export type Value = Activation | Channel | Known | Extents | Unknown;

/** A node of the ONNX graph, with what it reads. */
export interface Reading {
  readonly node: OnnxNode;
  readonly opset: number;
  /** Of the name of each input; `undefined` where one is left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** Adds a node to the foreign graph. Its key is the first output's name, or like it. */
  add(node: WithoutName<ForeignNode>): string;
}

/** What a node gives: a value, or one for each output. */
export type Operator = (reading: Reading) => Value | readonly Value[];

type WithoutName<T> = T extends unknown ? Omit<T, "name"> : never;

/** An input that is computed of the image, without zeros around it. */
export function activationAt(reading: Reading, index: number): Activation {
  const value = paddedAt(reading, index);
  if (value.pads === undefined) return value;
  throw new Unread(`${nodeKind(reading)} of a padded value`);
}

/** As {@linkcode activationAt}; it may have zeros around it. */
export function paddedAt(reading: Reading, index: number): Activation {
  const value = reading.inputs[index];
  if (value?.kind === "activation") return value;
  throw new Unread(`${nodeKind(reading)} of ${kindOf(value)}`);
}

/** An activation whose axes are in ONNX's order. */
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

/** An input that is part of the file; `undefined` if it is left out. */
export function constantAt(
  reading: Reading,
  index: number,
): Constant | undefined {
  const value = reading.inputs[index];
  if (value === undefined) return undefined;
  if (value.kind === "constant") return value.tensor;
  throw new Unread(`${nodeKind(reading)} whose input ${index} is computed`);
}

/** As {@linkcode constantAt}, of an input that may not be left out. */
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
