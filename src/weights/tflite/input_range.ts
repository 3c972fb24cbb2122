import { CorruptWeightsError } from "../../errors.ts";
import type { PixelScale } from "../../model/mod.ts";
import { BYTES, UP_TO_1 } from "../foreign/fed.ts";
import { KERAS_PREPROCESSING } from "../keras/preprocessing.ts";
import type { TfliteTensor } from "./model.ts";
import { FLOAT32, INT8, quantizationOf, UINT8 } from "./tensor.ts";

/** Common image ranges, as a calibration on photos finds them. */
const RANGES = [BYTES, UP_TO_1, KERAS_PREPROCESSING];

/** Maximum distance to one of these ranges, relative to the width of the range. */
const NEAR = 0.05;

/**
 * The image range of a quantized input: the one of {@linkcode RANGES} near it; `undefined`
 * for a float input or if none is near. `isSaid` is true if it matches up to rounding.
 */
export function rangeOf(
  image: TfliteTensor,
): { readonly pixels: PixelScale; readonly isSaid: boolean } | undefined {
  const { type, name } = image;
  if (type === FLOAT32) return undefined;
  const quantization = quantizationOf(image)?.();
  if (type === UINT8 && quantization === undefined) {
    return { pixels: BYTES, isSaid: true };
  }
  if ((type !== UINT8 && type !== INT8) || quantization === undefined) {
    throw new CorruptWeightsError(
      `Cannot import the TFLite model as its input "${name}" must be float32, uint8 or quantized int8: it is of type ${type} in TensorType`,
    );
  }
  const [scale = 0] = quantization.scales;
  // A byte is the integer q, or q + 128 if q is signed.
  const zero = (quantization.zeros[0] ?? 0) + (type === INT8 ? 128 : 0);
  for (const pixels of RANGES) {
    const distance = Math.max(...[0, 255].map((byte) =>
      Math.abs(
        (byte - zero) * scale - (byte * pixels.scale[0] + pixels.offset[0]),
      )
    ));
    if (distance > NEAR * 255 * scale) continue;
    // Zero points are integers, so the ends of the range are off by up to half a step.
    return { pixels, isSaid: distance < 0.6 * scale };
  }
  return undefined;
}
