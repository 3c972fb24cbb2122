import type { Tensor4D, Tfjs } from "../backends/tfjs/types.ts";
import { normalizePixels } from "../backends/tfjs/session.ts";
import type { Preprocessing } from "../model/mod.ts";

/** Converts images to one tensor, `[images, side, side, 3]`, of preprocessed values. */
export function imageBatch(
  tf: Tfjs,
  images: readonly (Uint8Array | Uint8ClampedArray)[],
  side: number,
  preprocessing: Preprocessing,
): Tensor4D {
  const values = new Float32Array(images.length * side * side * 3);
  for (const [i, pixels] of images.entries()) {
    values.set(normalizePixels(pixels, preprocessing), i * side * side * 3);
  }
  return tf.tensor4d(values, [images.length, side, side, 3]);
}

/**
 * Splits items into as few batches as possible, of nearly equal size, as small batches
 * are bad for batch norm.
 */
export function batchesOf<T>(
  items: readonly T[],
  most: number,
): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / most);
  const start = (batch: number) => Math.round(batch * items.length / count);
  return Array.from(
    { length: count },
    (_, batch) => items.slice(start(batch), start(batch + 1)),
  );
}
