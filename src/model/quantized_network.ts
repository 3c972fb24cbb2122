/**
 * A network with int8 weights, for int8 activations.
 *
 * An activation of a tensor whose largest value is `r` is kept as a code `q` of 0..L
 * and stands for `q * r / L`: L is 255 with 8 bits and 127 with 7. Nothing is
 * negative after a ReLU, so zero is the code 0. The image is its own code: its
 * largest value is 255, whatever the bits, as its affine map is part of the first
 * layer.
 *
 * @module
 */
import type { Network, PixelScale } from "./network.ts";

/** A layer's weights as they are stored and multiplied. */
export interface QuantizedLayer {
  /**
   * Whole numbers of -127..127. A weight from input channel `i`, whose largest value
   * is `r[i]`, to output channel `o` is `weight * scale[o] / r[i]`. The input of a
   * dense layer is f32: its `r[i]` is 1.
   *
   * A convolution has them in the order `[O/8, KH, KW*C/4, 8, 4]` that kernels read,
   * with zeros that pad O to 8 and C to 4; a dense layer has `[units, inputs]`.
   */
  readonly weight: Int8Array;
  /** One value for each output channel or unit. */
  readonly scale: Float32Array;
  /** One value for each output channel or unit, in the unit of the result. */
  readonly bias: Float32Array;
}

/** How the ranges of the activations were found. */
export interface CalibrationMetadata {
  /** `"images"` or `"batch-norm"`. */
  readonly method: "images" | "batch-norm";
  /** Number of images; several crops of one count once. */
  readonly images: number;
}

/** A trained Inception-v3 with int8 weights. */
export interface QuantizedNetwork extends Network {
  /** How the ranges of the activations were found. */
  readonly calibration: CalibrationMetadata;
  /** How bytes became values in training, if known. It is part of the weights. */
  readonly folded?: PixelScale | undefined;
  /** The source of the weights, for people. */
  readonly source: string;
  /** The licence of the weights, usually an SPDX identifier. */
  readonly license: string;
  /**
   * The layer `name`, as it is stored.
   *
   * @throws {ArgumentError} When the network has no weights of that name.
   */
  quantized(name: string): QuantizedLayer;
  /**
   * The largest value of the activation of a convolution or an average pool. Channels of
   * the first two convolutions may be multiplied by factors, which the weights that read
   * them take back.
   *
   * @throws {ArgumentError} When the network has none of that name.
   */
  absMax(name: string): number;
}

/** The scaling of a quantized network, whose weights are for bytes. */
export const BYTES = { scale: [1, 1, 1], offset: [0, 0, 0] } as const;

/** Whether a network's weights are int8. */
export function isQuantized(network: Network): network is QuantizedNetwork {
  return typeof (network as QuantizedNetwork | null)?.quantized === "function";
}
