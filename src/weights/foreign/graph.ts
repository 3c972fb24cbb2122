/**
 * A network from another tool's file. The format readers build it, and `match.ts` finds
 * Inception-v3 in it. It is independent of the format: tensors are in our layouts, and names
 * are the file's own, for errors only.
 *
 * @module
 */
import type { PixelScale } from "../../model/mod.ts";

/** A tensor in a file. Its values are read only when a layer's weights are built. */
export interface ForeignTensor {
  /** Its name in the file. */
  readonly name: string;
  readonly shape: readonly number[];
  /** A copy of the values in f32, row-major. */
  read(): Float32Array<ArrayBuffer>;
}

/** `"same"` as in TensorFlow; numbers are the zero padding on each side, in pixels. */
export type ForeignPadding =
  | "valid"
  | "same"
  | readonly [top: number, left: number, bottom: number, right: number];

interface NodeOf<Op extends string> {
  readonly op: Op;
  /** Its name in the file, for errors. Several nodes made from one layer may share it. */
  readonly name: string;
}

interface UnaryNode<Op extends string> extends NodeOf<Op> {
  /** The key of its input node. */
  readonly input: string;
}

interface WindowNode<Op extends string> extends UnaryNode<Op> {
  readonly stride: readonly [height: number, width: number];
  readonly padding: ForeignPadding;
}

/** The image. */
export interface ForeignInput extends NodeOf<"input"> {
  /** `[height, width]` in pixels; `null` if not fixed. */
  readonly size: readonly [height: number | null, width: number | null];
}

export interface ForeignConv extends WindowNode<"conv"> {
  /** `[height, width, input channels, output channels]`. */
  readonly kernel: ForeignTensor;
  readonly bias?: ForeignTensor | undefined;
  readonly dilation?: readonly [height: number, width: number] | undefined;
  readonly groups?: number | undefined;
}

/** `x * scale + offset`, with one value or one per channel. */
export interface ForeignAffine extends UnaryNode<"affine"> {
  readonly scale?: ForeignTensor | undefined;
  readonly offset?: ForeignTensor | undefined;
}

/** One value per channel. */
export interface ForeignBatchNorm extends UnaryNode<"batchNorm"> {
  readonly gamma?: ForeignTensor | undefined;
  readonly beta?: ForeignTensor | undefined;
  readonly mean: ForeignTensor;
  readonly variance: ForeignTensor;
  readonly epsilon: number;
}

export interface ForeignPool extends WindowNode<"pool"> {
  readonly kind: "mean" | "max";
  readonly size: readonly [height: number, width: number];
  /** Whether a mean counts the padded zeros. */
  readonly countIncludePad?: boolean | undefined;
}

/** Reduces `[height, width, channels]` to one value per channel. */
export interface ForeignGlobalPool extends UnaryNode<"globalPool"> {
  readonly kind: "mean" | "max";
}

/** Along the channels. */
export interface ForeignConcat extends NodeOf<"concat"> {
  /** The keys of its input nodes. */
  readonly inputs: readonly string[];
}

/** Flattens the values to a vector. */
export interface ForeignFlatten extends UnaryNode<"flatten"> {
  /** The order of the values. PyTorch puts channels first. */
  readonly order: "height-width-channel" | "channel-height-width";
}

export interface ForeignDense extends UnaryNode<"dense"> {
  /** `[input values, units]`. */
  readonly kernel: ForeignTensor;
  readonly bias?: ForeignTensor | undefined;
}

export interface ForeignActivation extends UnaryNode<"activation"> {
  /** `"relu"`, `"softmax"` or `"sigmoid"`. The error about any other activation names it. */
  readonly activation: string;
}

/** A node that doesn't change its values: dropout, augmentation, a reshape. */
export type ForeignIdentity = UnaryNode<"identity">;

/** A node that Inception-v3 doesn't have. It is refused only if the answer depends on it. */
export interface ForeignOther extends NodeOf<"other"> {
  /** Its name in the file: `"LayerNormalization"`. */
  readonly what: string;
}

export type ForeignNode =
  | ForeignInput
  | ForeignConv
  | ForeignAffine
  | ForeignBatchNorm
  | ForeignPool
  | ForeignGlobalPool
  | ForeignConcat
  | ForeignFlatten
  | ForeignDense
  | ForeignActivation
  | ForeignIdentity
  | ForeignOther;

/** A network in a file. */
export interface ForeignGraph {
  /** The file's format in a sentence: `"Keras model"`, `"ONNX model"`. */
  readonly format: string;
  /** The format's word for a node: `"layer"`, `"node"`, `"operator"`. */
  readonly noun: string;
  /** By a key that is unique in the graph, such as the node's name; in any order. */
  readonly nodes: ReadonlyMap<string, ForeignNode>;
  /** The key of the node whose values are the answer. */
  readonly output: string;
  /**
   * How bytes become values of the file's own input, by the convention of the format's
   * users. The scaling that the graph itself applies before its first convolution comes on
   * top.
   */
  readonly fed: PixelScale;
}
