import type { Slice } from "./plan_activations.ts";

/**
 * The f32 values that codes of the arena stand for, `[height, width, channels]`.
 *
 * @param ranges What the largest code of each channel stands for.
 * @param format The codes' bits, and whether a code is its byte + 128.
 */
export function readActivations(
  arena: Uint8Array,
  { buffer, channel, channels }: Slice,
  ranges: Float32Array,
  { bits, signed }: { readonly bits: 7 | 8; readonly signed: boolean },
): Float32Array {
  const { shape: [height, width], pixelBytes, rowBytes, offset } = buffer;
  const steps = ranges.map((it) => it / (2 ** bits - 1));
  const signBit = signed ? 0x80 : 0;
  const values = new Float32Array(height * width * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = offset + y * rowBytes + x * pixelBytes + channel;
      for (let i = 0; i < channels; i++) {
        values[to++] = (arena[from + i]! ^ signBit) * steps[i]!;
      }
    }
  }
  return values;
}
