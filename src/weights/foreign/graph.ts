/**
 * A network as another tool's file describes it. Readers of files make it, and `match.ts`
 * finds Inception-v3 in it. It says what is computed, not how a format writes it: layouts
 * are ours, names are the file's own and serve errors only.
 *
 * @module
 */
import type { PixelScale } from "../../model/mod.ts";

/** A tensor in a file. Its values are read when a layer is made. */
export interface ForeignTensor {
  /** As the file calls it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** A copy of the values in f32, row-major. */
  read(): Float32Array<ArrayBuffer>;
}

/** `"same"` is TensorFlow's; numbers are zeros on each side, in pixels. */
export type ForeignPadding =
  | "valid"
  | "same"
  | readonly [top: number, left: number, bottom: number, right: number];

interface NodeOf<Op extends string> {
  readonly op: Op;
  /** As the file calls it, for errors: nodes that one layer makes may share it. */
  readonly name: string;
}

interface UnaryNode<Op extends string> extends NodeOf<Op> {
  /** The key of the node that it reads. */
  readonly input: string;
}

interface WindowNode<Op extends string> extends UnaryNode<Op> {
  readonly stride: readonly [height: number, width: number];
  readonly padding: ForeignPadding;
}

/** The image. */
export interface ForeignInput extends NodeOf<"input"> {
  /** `[height, width]` in pixels; `null` where any is taken. */
  readonly size: readonly [height: number | null, width: number | null];
}

export interface ForeignConv extends WindowNode<"conv"> {
  /** `[height, width, input channels, output channels]`. */
  readonly kernel: ForeignTensor;
  readonly bias?: ForeignTensor | undefined;
  readonly dilation?: readonly [height: number, width: number] | undefined;
  readonly groups?: number | undefined;
}

/** `x * scale + offset`, with one value, or one a channel. */
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
  /** Whether padded zeros count in a mean. */
  readonly countIncludePad?: boolean | undefined;
}

/** `[height, width, channels]` to one value a channel. */
export interface ForeignGlobalPool extends UnaryNode<"globalPool"> {
  readonly kind: "mean" | "max";
}

/** Along the channels. */
export interface ForeignConcat extends NodeOf<"concat"> {
  /** The keys of the nodes that it reads. */
  readonly inputs: readonly string[];
}

/** All values in a row. */
export interface ForeignFlatten extends UnaryNode<"flatten"> {
  /** The order of the values: PyTorch's is channels first. */
  readonly order: "height-width-channel" | "channel-height-width";
}

export interface ForeignDense extends UnaryNode<"dense"> {
  /** `[input values, units]`. */
  readonly kernel: ForeignTensor;
  readonly bias?: ForeignTensor | undefined;
}

export interface ForeignActivation extends UnaryNode<"activation"> {
  /** `"relu"`, `"softmax"`, `"sigmoid"`; others are named in the refusal. */
  readonly activation: string;
}

/** What doesn't change its values: dropout, augmentation, a reshape. */
export type ForeignIdentity = UnaryNode<"identity">;

/** What Inception-v3 doesn't have. It is refused only if the network's answer needs it. */
export interface ForeignOther extends NodeOf<"other"> {
  /** What the file calls it: `"LayerNormalization"`. */
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
  /** What the file is in a sentence: `"Keras model"`, `"ONNX model"`. */
  readonly format: string;
  /** What the file calls a node: `"layer"`, `"node"`, `"operator"`. */
  readonly noun: string;
  /** By a key that is unique in the graph, such as their name, in any order. */
  readonly nodes: ReadonlyMap<string, ForeignNode>;
  /** The key of the node whose values are the answer. */
  readonly output: string;
  /**
   * What the file's own input is given for a byte of a channel, as far as the format's
   * users agree on it: what the file computes with the image before the first convolution
   * comes on top.
   */
  readonly fed: PixelScale;
}
