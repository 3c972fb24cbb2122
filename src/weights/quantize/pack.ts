/**
 * The order in which int8 kernels read a convolution's weights:
 *
 * ```
 * [O/8, KH, KW*C/4, 8, 4]
 *
 *   for each 8 output channels
 *     for each kernel row
 *       for each 4 of the row's KW * C bytes, which are adjacent in NHWC
 *         8 x 4 bytes: the 4 weights of each of the 8 output channels
 * ```
 *
 * O is padded to 8 and C to 4 by zeros.
 *
 * @module
 */

import type { ConvNode, Shape } from "../../model/mod.ts";

/** The extents of a convolution's weights. */
export interface ConvExtents {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Input channels. */
  readonly inputs: number;
  /** Output channels. */
  readonly outputs: number;
}

export function convExtents(
  { kernel, channels }: ConvNode,
  input: Shape,
): ConvExtents {
  const [kernelHeight, kernelWidth] = kernel;
  return { kernelHeight, kernelWidth, inputs: input[2], outputs: channels };
}

export function packedShape(
  { kernelHeight, kernelWidth, inputs, outputs }: ConvExtents,
): readonly [number, number, number, 8, 4] {
  const columns = kernelWidth * Math.ceil(inputs / 4);
  return [Math.ceil(outputs / 8), kernelHeight, columns, 8, 4];
}

/**
 * Calls `visit` with the index of every weight in `[KH, KW, C, O]` and in the packed
 * order, and with its input and output channel.
 */
export function forEachPacked(
  { kernelHeight, kernelWidth, inputs, outputs }: ConvExtents,
  visit: (plain: number, packed: number, input: number, output: number) => void,
): void {
  const padded = Math.ceil(inputs / 4) * 4;
  const rowBytes = kernelWidth * padded * 8;
  for (let row = 0; row < kernelHeight; row++) {
    for (let column = 0; column < kernelWidth; column++) {
      for (let input = 0; input < inputs; input++) {
        const byte = column * padded + input;
        const plain = ((row * kernelWidth + column) * inputs + input) * outputs;
        const group = (byte >> 2) * 32 + (byte & 3);
        for (let output = 0; output < outputs; output++) {
          const block = (output >> 3) * kernelHeight + row;
          const packed = block * rowBytes + group + (output & 7) * 4;
          visit(plain + output, packed, input, output);
        }
      }
    }
  }
}
