import type { ForeignTensor } from "../foreign/graph.ts";

/** The value of a node in a TensorFlow graph. */
export type Value = Activation | Constant | ShapeValue;

/** The image, or values computed from it. */
export interface Activation {
  readonly kind: "activation";
  /** Its node in the foreign graph. */
  readonly name: string;
  /** Whether it has no spatial extent: `[1, units]` or `[1, 1, 1, units]`. */
  readonly isFlat: boolean;
  /** The number of values, if it is flat and the number is known. */
  readonly units?: number | undefined;
  /** The image itself, before any convolution. */
  readonly image?: ImageValue | undefined;
  /** The zeros around it: top, left, bottom, right. */
  readonly padding?: readonly [number, number, number, number] | undefined;
}

/** The operations on the image so far. */
export interface ImageValue {
  /** The input node. */
  readonly input: string;
  /** Whether the input is bytes. */
  readonly isBytes: boolean;
  /** The scaling of its values, if any: one value, or one per channel. */
  readonly scaling?: { readonly scale: number[]; readonly offset: number[] };
}

export interface Constant {
  readonly kind: "constant";
  readonly tensor: ForeignTensor;
}

/** Numbers computed from an activation's shape. */
export interface ShapeValue {
  readonly kind: "shape";
  /** Their number, if known. */
  readonly count?: number | undefined;
}

export const asTensor = (value: Value | undefined): ForeignTensor | undefined =>
  value?.kind === "constant" ? value.tensor : undefined;

export const asActivation = (
  value: Value | undefined,
): Activation | undefined => value?.kind === "activation" ? value : undefined;
