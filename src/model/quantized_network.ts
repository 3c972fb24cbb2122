/**
 * A network with int8 weights, for int8 activations.
 *
 * An activation of a tensor with the largest value `r` is stored as a code `q` in 0..L,
 * which represents `q * r / L`: L is 255 with 8 bits and 127 with 7. Nothing is negative
 * after a ReLU, so zero is the code 0. The image's bytes are used as codes directly: its
 * largest value is 255, whatever the bits, as its affine map is folded into the first
 * layer.
 *
 * @module
 */
import type { Network, PixelScale } from "./network.ts";

/** A layer's weights in the form in which they are stored and multiplied. */
export interface QuantizedLayer {
  /**
   * Whole numbers in -127..127. A weight from input channel `i`, whose largest value is
   * `r[i]`, to output channel `o` is `weight * scale[o] / r[i]`. The input of a dense
   * layer is f32: its `r[i]` is 1.
   *
   * A convolution stores them in the order `[O/8, KH, KW*C/4, 8, 4]` that kernels read,
   * with O padded with zeros to a multiple of 8 and C to 4; a dense layer stores
   * `[units, inputs]`.
   */
  readonly weight: Int8Array;
  /** One value per output channel or unit. */
  readonly scale: Float32Array;
  /** One value per output channel or unit, in the unit of the result. */
  readonly bias: Float32Array;
}

/** How the ranges of the activations were found. */
export interface CalibrationMetadata {
  /** `"images"` or `"batch-norm"`. */
  readonly method: "images" | "batch-norm";
  /** The number of images. Several crops of one count once. */
  readonly images: number;
}

/** A trained Inception-v3 with int8 weights. */
export interface QuantizedNetwork extends Network {
  /** How the ranges of the activations were found. */
  readonly calibration: CalibrationMetadata;
  /**
   * How bytes were mapped to values in training, if known. It is folded into the weights.
   */
  readonly folded?: PixelScale | undefined;
  /** The source of the weights, for people. */
  readonly source: string;
  /** The licence of the weights, usually an SPDX identifier. */
  readonly license: string;
  /**
   * Returns the layer `name` as stored.
   *
   * @throws {ArgumentError} When the network has no weights of that name.
   */
  quantized(name: string): QuantizedLayer;
  /**
   * The largest value of the activation of a convolution or an average pool. Channels of
   * the first two convolutions may be multiplied by factors, which the weights that read
   * them undo.
   *
   * @throws {ArgumentError} When the network has none of that name.
   */
  absMax(name: string): number;
}

/** The input scaling of a quantized network, whose weights expect bytes. */
export const BYTES = { scale: [1, 1, 1], offset: [0, 0, 0] } as const;

/** Whether a network's weights are int8. */
export function isQuantized(network: Network): network is QuantizedNetwork {
  return typeof (network as QuantizedNetwork | null)?.quantized === "function";
}
