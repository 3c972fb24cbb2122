import type {
  LayerWeights,
  Preprocessing,
  QuantizedLayer,
} from "../../model/mod.ts";
import { type ConvExtents, forEachPacked, packedShape } from "./pack.ts";

/** The largest weight; -128 isn't used, so the range is symmetric. */
const LARGEST = 127;

/**
 * Quantizes a convolution to int8, with a scale per output channel.
 *
 * The bias is corrected for the effect of rounding on the mean of each output channel,
 * given its inputs' means (arXiv 1906.04721, section 4.2).
 *
 * @param ranges Ranges of the input channels, which are folded into the weights.
 * @param means Means of the input channels.
 */
export function quantizeConv(
  { kernel, bias }: LayerWeights,
  extents: ConvExtents,
  ranges: ArrayLike<number>,
  means: ArrayLike<number>,
): QuantizedLayer {
  const largest = new Float32Array(extents.outputs);
  forEachPacked(extents, (plain, _, input, output) => {
    const weight = Math.abs(kernel[plain]! * ranges[input]!);
    if (weight > largest[output]!) largest[output] = weight;
  });
  const scale = largest.map(int8Scale);
  const codes = roundKernels(kernel, extents, ranges, scale);
  const corrected = Float64Array.from(bias);
  const weight = new Int8Array(packedShape(extents).reduce((a, b) => a * b));
  forEachPacked(extents, (plain, packed, input, output) => {
    weight[packed] = codes[plain]!;
    const rounded = codes[plain]! * scale[output]! / ranges[input]!;
    const lost = kernel[plain]! - rounded;
    corrected[output]! += lost * means[input]!;
  });
  return { weight, scale, bias: Float32Array.from(corrected) };
}

/**
 * Rounds weights so that the errors of each kernel, the weights between one input channel
 * and one output channel, nearly add up to zero: adjacent pixels are similar, so the sum
 * matters. Each weight is rounded to nearest; then those that were nearest to the other
 * neighbour flip, until the sum is at most half a step (arXiv 2202.07471, section 3.3).
 */
function roundKernels(
  kernel: Float32Array,
  { kernelHeight, kernelWidth, inputs, outputs }: ConvExtents,
  ranges: ArrayLike<number>,
  scale: Float32Array,
): Int8Array {
  const taps = kernelHeight * kernelWidth;
  const stride = inputs * outputs;
  const codes = new Int8Array(kernel.length);
  const errors = new Float64Array(taps);
  for (let input = 0; input < inputs; input++) {
    for (let output = 0; output < outputs; output++) {
      const start = input * outputs + output;
      const perStep = ranges[input]! / scale[output]!;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) {
        const exact = kernel[start + tap * stride]! * perStep;
        const code = Math.round(exact);
        codes[start + tap * stride] = code;
        sum += errors[tap] = exact - code;
      }
      const sign = Math.sign(sum);
      for (let flips = Math.round(Math.abs(sum)); flips > 0; flips--) {
        let most = 0;
        for (let tap = 1; tap < taps; tap++) {
          if (errors[tap]! * sign > errors[most]! * sign) most = tap;
        }
        // The largest weights are whole already, so none exceeds 127.
        codes[start + most * stride]! += sign;
        errors[most]! -= sign;
      }
    }
  }
  return codes;
}

/** Multiplies the output channels of a convolution by factors above zero. */
export function scaleChannels(
  { weight, scale, bias }: QuantizedLayer,
  factors: Float32Array,
): QuantizedLayer {
  return {
    weight,
    scale: scale.map((it, o) => it * factors[o]!),
    bias: bias.map((it, o) => it * factors[o]!),
  };
}

/** Quantizes a dense layer to int8, with a scale per unit. Its inputs stay f32. */
export function quantizeDense({ kernel, bias }: LayerWeights): QuantizedLayer {
  const units = bias.length;
  const inputs = kernel.length / units;
  const scale = new Float32Array(units);
  const weight = new Int8Array(kernel.length);
  for (let unit = 0; unit < units; unit++) {
    let largest = 0;
    for (let i = unit; i < kernel.length; i += units) {
      largest = Math.max(largest, Math.abs(kernel[i]!));
    }
    scale[unit] = int8Scale(largest);
    for (let input = 0; input < inputs; input++) {
      weight[unit * inputs + input] = Math.round(
        kernel[input * units + unit]! / scale[unit]!,
      );
    }
  }
  return { weight, scale, bias: bias.slice() };
}

/**
 * Folds scale and offset into the first convolution, which then reads bytes. It has no
 * padding, so this is exact.
 */
export function foldPreprocessing(
  { kernel, bias }: LayerWeights,
  { scale, offset }: Preprocessing,
): LayerWeights {
  const outputs = bias.length;
  const folded = Float64Array.from(bias);
  const scaled = kernel.map((weight, i) => {
    const channel = Math.floor(i / outputs) % 3;
    folded[i % outputs]! += weight * offset[channel]!;
    return weight * scale[channel]!;
  });
  return { kernel: scaled, bias: Float32Array.from(folded) };
}

/** The smallest normal f32: below it, quotients lose precision. */
const SMALLEST = 2 ** -126;

/** The scale that makes the largest weight 127; any scale if all weights are zero. */
function int8Scale(largest: number): number {
  const scale = largest / LARGEST;
  return scale >= SMALLEST ? scale : 1;
}
