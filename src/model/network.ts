/**
 * A trained network in memory: what is computed, its labels, how an image
 * enters, and its weights with batch norm folded. Every importer gives one and
 * every backend takes one.
 *
 * @module
 */
import type { InceptionV3Options, Variant } from "./inception_v3.ts";
import type { Origins } from "./origins.ts";

/** A value for each of R, G and B. */
export type PerChannel = readonly [red: number, green: number, blue: number];

/** How a photo becomes the network's input, as in its training. */
export interface Preprocessing {
  /**
   * What of the photo is used: all of it, squashed to a square, or the central
   * square whose side is `fraction`, in (0, 1], of the photo's shorter side.
   */
  readonly crop:
    | { readonly kind: "squash" }
    | { readonly kind: "center"; readonly fraction: number };
  /**
   * Bilinear, over all pixels that fall into one (as PIL), or between the four
   * nearest ones (as TensorFlow with half-pixel centres).
   */
  readonly resize: "antialiased" | "half-pixel";
  /** `x = scale * q + offset` of a channel's value `q` in 0..255. */
  readonly scale: PerChannel;
  /** See {@linkcode Preprocessing.scale}. */
  readonly offset: PerChannel;
}

/** How bytes become the values that a network was trained with. */
export type PixelScale = Pick<Preprocessing, "scale" | "offset">;

/** The weights of a convolution or a dense layer, batch norm folded. */
export interface LayerWeights {
  /**
   * `[kernel height, kernel width, input channels, output channels]` of a
   * convolution, `[input values, units]` of a dense layer, row-major.
   */
  readonly kernel: Float32Array<ArrayBuffer>;
  /** One value an output channel or unit. */
  readonly bias: Float32Array<ArrayBuffer>;
  /**
   * What batch norm, where there was one, says of the result before its
   * activation: over the images of the training.
   */
  readonly statistics?: ChannelStatistics;
}

/** The distribution of each channel of an activation. */
export interface ChannelStatistics {
  /** One value a channel. */
  readonly mean: Float32Array;
  /** One value a channel. */
  readonly standardDeviation: Float32Array;
}

/** A trained Inception-v3. */
export interface Network {
  /** What is computed, at whatever size. */
  readonly architecture: Omit<InceptionV3Options, "variant">;
  /**
   * How an image enters the network that was taught or converted, where that is
   * known. `load` takes another one if it is asked to, and `"full"` where nobody
   * says anything.
   */
  readonly variant?: Variant | undefined;
  /** The classes' names, in the order of the probabilities. */
  readonly labels: readonly string[];
  /** The classes' ids, such as WordNet's, in the same order, where they have some. */
  readonly classIds?: readonly string[] | undefined;
  /** How a photo becomes the network's input. */
  readonly preprocessing: Preprocessing;
  /** Who said what of it: all of it the model itself unless given. */
  readonly origins?: Origins | undefined;
  /**
   * The weights of the node `name`, made again at each call from the compact
   * form that is kept, so that at most one layer is held in f32.
   *
   * @throws {ArgumentError} When the network has no weights of that name.
   */
  weights(name: string): LayerWeights;
}
