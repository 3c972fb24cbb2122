/**
 * What the tensors in a TFLite graph are, as far as it is known without computing them.
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

/** Values that the network computes of the image. */
export interface Activation {
  readonly kind: "activation";
  /** Of the foreign node that gives it. */
  readonly key: string;
  /** An axis a letter: `"NHWC"`, `"NC"`, or `"NCHW"` where a PyTorch model was converted. */
  readonly layout: string;
  /** Zeros around it, which a PAD puts there. */
  readonly pads?: Pads | undefined;
}

export type Pads = Exclude<ForeignPadding, "valid" | "same">;

/** Whole numbers that are made of a shape. */
export interface Shape {
  readonly kind: "shape";
}

export interface Known {
  readonly kind: "constant";
  readonly tensor: TfliteTensor;
}

/** What depends on a node that isn't read, whose key this is. */
export interface Unknown {
  readonly kind: "unknown";
  readonly key: string;
}

export type Value = Activation | Shape | Known | Unknown;

/** An operator, with what it reads. */
export interface Reading {
  /** Its name in the schema: `"CONV_2D"`. */
  readonly op: string;
  /** `undefined` where one is left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** The tensor that it gives. */
  readonly output: TfliteTensor;
  readonly options: FlatTable | undefined;
  /**
   * Adds a node to the foreign graph.
   *
   * @param activation What is computed of its result: `ActivationFunctionType`.
   * @returns Its key.
   */
  add(node: WithoutName<ForeignNode>, activation?: number): string;
}

type WithoutName<T> = T extends unknown ? Omit<T, "name"> : never;

/** An input that is computed of the image, without zeros around it. */
export function activationAt(
  reading: Reading,
  index: number,
  layout?: string,
): Activation {
  const value = paddedAt(reading, index, layout);
  if (value.pads === undefined) return value;
  throw new Unread(`${reading.op} of a padded value`);
}

/** As {@linkcode activationAt}; it may have zeros around it. */
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

/** An input that is part of the file; `undefined` if it is left out. */
export function tensorAt(
  { op, inputs }: Reading,
  index: number,
): TfliteTensor | undefined {
  const value = inputs[index];
  if (value === undefined) return undefined;
  if (value.kind === "constant") return value.tensor;
  throw new Unread(`${op} whose input ${index} is computed`);
}

/** As {@linkcode tensorAt}, of an input that may not be left out. */
export function weightsAt(reading: Reading, index: number): ForeignTensor {
  const tensor = tensorAt(reading, index);
  if (tensor !== undefined) return weightsOf(tensor);
  throw new Unread(`${reading.op} without its input ${index}`);
}

/** Whole numbers of an input that is part of the file. */
export function intsAt(reading: Reading, index: number): number[] {
  const tensor = tensorAt(reading, index);
  return tensor === undefined ? [] : intsOf(tensor, 16);
}
