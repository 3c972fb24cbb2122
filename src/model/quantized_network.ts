/**
 * A network whose weights are int8, and whose activations are meant to be.
 *
 * An activation of a tensor with the range `r` is kept as a code `q` of 0..L and
 * stands for `q * r / L`: L is 255 with 8 bits and 127 with 7. Nothing is
 * negative after a ReLU, so zero is the code 0. The image is its own code: its
 * range is 255, whatever the bits, as its affine map is part of the first layer.
 *
 * @module
 */
import type { PixelScale } from "./network.ts";
import type { Network } from "./network.ts";

/** A layer's weights as they are stored and multiplied. */
export interface QuantizedLayer {
  /**
   * Whole numbers of -127..127. A weight `w` from input channel `i` of range
   * `r[i]` to output channel `o` is `weight * scale[o] / r[i]`; a dense layer's
   * input is f32, its `r[i]` is 1.
   *
   * Of a convolution in the order `[O/8, KH, KW*C/4, 8, 4]` that kernels read,
   * with O padded to 8 and C to 4 by zeros; of a dense layer `[units, inputs]`.
   */
  readonly weight: Int8Array;
  /** One value an output channel or unit. */
  readonly scale: Float32Array;
  /** One value an output channel or unit, in the unit of the result. */
  readonly bias: Float32Array;
}

/** How the ranges of the activations were found. */
export interface CalibrationMetadata {
  /** `"images"` or `"batch-norm"`. */
  readonly method: "images" | "batch-norm";
  /** How many images were looked at; several crops of one are one image. */
  readonly images: number;
}

/** A trained Inception-v3 with int8 weights. */
export interface QuantizedNetwork extends Network {
  /** How the ranges of the activations were found. */
  readonly calibration: CalibrationMetadata;
  /**
   * How bytes became values in training, where that is known. It is in the weights,
   * so {@linkcode Network.preprocessing} has bytes as they are.
   */
  readonly folded?: PixelScale | undefined;
  /** Where the weights come from, for people to read. */
  readonly source: string;
  /** Their licence, as an SPDX identifier where there is one. */
  readonly license: string;
  /**
   * The layer `name`, as it is stored.
   *
   * @throws {ArgumentError} When the network has no weights of that name.
   */
  quantized(name: string): QuantizedLayer;
  /**
   * The largest value of the activation of a convolution or an average pool.
   *
   * @throws {ArgumentError} When the network has no range of that name.
   */
  range(name: string): number;
}

/** The scaling of a quantized network, whose weights are for bytes. */
export const BYTES = { scale: [1, 1, 1], offset: [0, 0, 0] } as const;

/** Whether a network's weights are int8. */
export function isQuantized(network: Network): network is QuantizedNetwork {
  return typeof (network as QuantizedNetwork | null)?.quantized === "function";
}
