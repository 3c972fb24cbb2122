/**
 * The values in a TFLite graph, as far as they are known without running it.
 *
 * @module
 */
import type { FlatTable } from "../flatbuffers.ts";
import type {
  ForeignNode,
  ForeignPadding,
  ForeignTensor,
} from "../foreign/graph.ts";
import { Unread } from "../foreign/unread.ts";
import type { TfliteTensor } from "./model.ts";
import { intsOf, weightsOf } from "./tensor.ts";

/** The image, or values computed from it. */
export interface Activation {
  readonly kind: "activation";
  /** The key of the foreign node that computes it. */
  readonly key: string;
  /** One letter per axis: `"NHWC"`, `"NC"`, or `"NCHW"` in a converted PyTorch model. */
  readonly layout: string;
  /** Zeros that a PAD added around it. */
  readonly pads?: Pads | undefined;
}

export type Pads = Exclude<ForeignPadding, "valid" | "same">;

/** Integers computed from a shape. */
export interface Shape {
  readonly kind: "shape";
}

export interface Known {
  readonly kind: "constant";
  readonly tensor: TfliteTensor;
}

/** A value that depends on the unsupported node `key`. */
export interface Unknown {
  readonly kind: "unknown";
  readonly key: string;
}

export type Value = Activation | Shape | Known | Unknown;

/** An operator with its inputs. */
export interface Reading {
  /** Its name in the schema: `"CONV_2D"`. */
  readonly op: string;
  /** `undefined` for an omitted input. */
  readonly inputs: readonly (Value | undefined)[];
  /** Its output tensor. */
  readonly output: TfliteTensor;
  readonly options: FlatTable | undefined;
  /**
   * Adds a node to the foreign graph.
   *
   * @param activation The activation of its result: `ActivationFunctionType`.
   * @returns Its key.
   */
  add(node: WithoutName<ForeignNode>, activation?: number): string;
}

type WithoutName<T> = T extends unknown ? Omit<T, "name"> : never;

/** An input computed from the image, without zeros around it. */
export function activationAt(
  reading: Reading,
  index: number,
  layout?: string,
): Activation {
  const value = paddedAt(reading, index, layout);
  if (value.pads === undefined) return value;
  throw new Unread(`${reading.op} of a padded value`);
}

/** Like {@linkcode activationAt}, but may have zeros around it. */
export function paddedAt(
  { op, inputs }: Reading,
  index: number,
  layout?: string,
): Activation {
  const value = inputs[index];
  if (value?.kind !== "activation") {
    throw new Unread(`${op} of values that aren't computed of the image`);
  }
  if (layout === undefined || value.layout === layout) return value;
  throw new Unread(`${op} of the axes ${value.layout} instead of ${layout}`);
}

/** A constant input; `undefined` if it is omitted. */
export function tensorAt(
  { op, inputs }: Reading,
  index: number,
): TfliteTensor | undefined {
  const value = inputs[index];
  if (value === undefined) return undefined;
  if (value.kind === "constant") return value.tensor;
  throw new Unread(`${op} whose input ${index} is computed`);
}

/** Like {@linkcode tensorAt}, for a required input. */
export function weightsAt(reading: Reading, index: number): ForeignTensor {
  const tensor = tensorAt(reading, index);
  if (tensor !== undefined) return weightsOf(tensor);
  throw new Unread(`${reading.op} without its input ${index}`);
}

/** The integers of a constant input; empty if it is omitted. */
export function intsAt(reading: Reading, index: number): number[] {
  const tensor = tensorAt(reading, index);
  return tensor === undefined ? [] : intsOf(tensor, 16);
}
