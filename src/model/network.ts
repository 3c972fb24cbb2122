/**
 * A trained network in memory. Importers create it, and backends run it.
 *
 * @module
 */
import type { InceptionV3Options, Variant } from "./inception_options.ts";

/** One value each for R, G and B. */
export type PerChannel = readonly [red: number, green: number, blue: number];

/** The part of an image that a network sees: everything, squashed, or a central square. */
export type CropRule =
  | { readonly kind: "squash" }
  | {
    readonly kind: "center";
    /**
     * The fraction of the image's shorter side, in (0, 1]; 0.875 in Inception-v3's
     * evaluation.
     */
    readonly fraction: number;
  }
  | {
    readonly kind: "resize";
    /**
     * The length in pixels that the image's shorter side is resized to, 1..65535; the
     * longer side keeps the aspect ratio. torchvision's and timm's `Resize(to)`.
     */
    readonly to: number;
    /**
     * The side of the central square crop, 1..`to`: `CenterCrop(size)`. A network with
     * another input size sees the same part of the image.
     */
    readonly size: number;
  };

/** How a model's training cropped and resized images. */
export interface CropAndResize {
  /** The part that is used. */
  readonly crop: CropRule;
  /**
   * `"antialiased"` is Pillow's `BILINEAR` and `"bicubic"` its `BICUBIC`, bit for bit.
   * `"half-pixel"` is TensorFlow's `resize_bilinear` with `half_pixel_centers`, and
   * PyTorch's `interpolate` without antialiasing: it samples four pixels, however large
   * the reduction.
   */
  readonly resize: "antialiased" | "bicubic" | "half-pixel";
}

/** How a photo is converted to the network's input, as in the model's training. */
export interface Preprocessing extends CropAndResize {
  /** `x = scale * q + offset` for a channel's value `q` in 0..255. */
  readonly scale: PerChannel;
  /** See {@linkcode Preprocessing.scale}. */
  readonly offset: PerChannel;
}

/** How bytes are mapped to the values used in training. */
export type PixelScale = Pick<Preprocessing, "scale" | "offset">;

/** The weights of a convolution or a dense layer, with batch norm folded. */
export interface LayerWeights {
  /**
   * Row-major: `[kernel height, kernel width, input channels, output channels]` for a
   * convolution, `[input values, units]` for a dense layer.
   */
  readonly kernel: Float32Array<ArrayBuffer>;
  /** One value per output channel or unit. */
  readonly bias: Float32Array<ArrayBuffer>;
  /**
   * Statistics of the result before its activation, over the training: from batch norm,
   * if any.
   */
  readonly statistics?: ChannelStatistics;
}

/** The distribution of each channel of an activation. */
export interface ChannelStatistics {
  /** One value per channel. */
  readonly mean: Float32Array;
  /** One value per channel. */
  readonly standardDeviation: Float32Array;
}

/** A trained Inception-v3. */
export interface Network {
  /** The architecture, without the input's size. */
  readonly architecture: Omit<InceptionV3Options, "variant">;
  /**
   * The input size that the weights were made for, if known. `load` can override it.
   */
  readonly variant?: Variant | undefined;
  /** The classes' names, in the order of the probabilities. */
  readonly labels: readonly string[];
  /** The ids of the classes, such as WordNet's, in the same order, if they have any. */
  readonly classIds?: readonly string[] | undefined;
  /** How a photo is converted to the network's input. */
  readonly preprocessing: Preprocessing;
  /** The licence of the weights, if known: usually an SPDX identifier. */
  readonly license?: string | undefined;
  /** The origins of its metadata. */
  readonly origins?: Origins | undefined;
  /**
   * Returns the weights of the node `name`. Each call decodes them from a compact form,
   * so only one layer is in f32 at a time.
   *
   * @throws {ArgumentError} When the network has no weights of that name.
   */
  weights(name: string): LayerWeights;
}

/**
 * The origin of a fact:
 *
 * - `"model"`: the model's file, or the list of known models;
 * - `"option"`: an option of the caller;
 * - `"assumed"`: a default;
 * - `"assumed-earlier"`: the file, whose creator assumed it.
 */
export type Origin = "model" | "option" | "assumed" | "assumed-earlier";

/** A fact that isn't in the weights. */
export type MetadataField =
  | "variant"
  | "pixels"
  | "crop"
  | "resize"
  | "pools"
  | "pooling"
  | "hidden"
  | "activation";

/** The origins of facts; `"model"` unless given. */
export type Origins = Readonly<Partial<Record<MetadataField, Origin>>>;
