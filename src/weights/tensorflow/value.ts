import type { ForeignTensor } from "../foreign/graph.ts";

/** What a node of a TensorFlow graph gives. */
export type Value = Activation | Constant | ShapeValue;

/** What is computed of the image. */
export interface Activation {
  readonly kind: "activation";
  /** The node of the foreign graph. */
  readonly name: string;
  /** Whether it has no place in the image: `[1, units]` or `[1, 1, 1, units]`. */
  readonly isFlat: boolean;
  /** How many values a flat one has, if that is known. */
  readonly units?: number | undefined;
  /** The image itself, before any convolution. */
  readonly image?: ImageValue | undefined;
  /** The zeros around it: top, left, bottom, right. */
  readonly padding?: readonly [number, number, number, number] | undefined;
}

/** What was done with the image so far. */
export interface ImageValue {
  /** The node that gives it. */
  readonly input: string;
  /** Whether it came in bytes. */
  readonly isBytes: boolean;
  /** What was computed of its values, if anything: of one channel or each. */
  readonly scaling?: { readonly scale: number[]; readonly offset: number[] };
}

export interface Constant {
  readonly kind: "constant";
  readonly tensor: ForeignTensor;
}

/** Numbers that are computed of an activation's shape. */
export interface ShapeValue {
  readonly kind: "shape";
  /** How many, if it is known. */
  readonly count?: number | undefined;
}

export const asTensor = (value: Value | undefined): ForeignTensor | undefined =>
  value?.kind === "constant" ? value.tensor : undefined;

export const asActivation = (
  value: Value | undefined,
): Activation | undefined => value?.kind === "activation" ? value : undefined;
