/**
 * One layer's weights from int8 to f32.
 *
 * @module
 */
import type { LayerWeights, QuantizedLayer } from "../../model/mod.ts";
import { type ConvExtents, forEachPacked } from "./pack.ts";

/** The f32 weights that a quantized convolution stands for. */
export function dequantizeConv(
  { weight, scale, bias }: QuantizedLayer,
  extents: ConvExtents,
  ranges: ArrayLike<number>,
): LayerWeights {
  const { kernelHeight, kernelWidth, inputs, outputs } = extents;
  const kernel = new Float32Array(
    kernelHeight * kernelWidth * inputs * outputs,
  );
  forEachPacked(extents, (plain, packed, input, output) => {
    kernel[plain] = weight[packed]! * scale[output]! / ranges[input]!;
  });
  return { kernel, bias: Float32Array.from(bias) };
}

/** The f32 weights that a quantized dense layer stands for. */
export function dequantizeDense(
  { weight, scale, bias }: QuantizedLayer,
): LayerWeights {
  const units = scale.length;
  const inputs = weight.length / units;
  const kernel = new Float32Array(weight.length);
  for (let unit = 0; unit < units; unit++) {
    for (let input = 0; input < inputs; input++) {
      kernel[input * units + unit] = weight[unit * inputs + input]! *
        scale[unit]!;
    }
  }
  return { kernel, bias: Float32Array.from(bias) };
}
