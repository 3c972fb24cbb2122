import type { Pixels } from "../image/mod.ts";

/**
 * Draws the test pattern that identifies a model by its features: rings of many widths in
 * three colours, in integer arithmetic, so that it is the same on all machines.
 *
 * @param size Its width and height in pixels: those of the model's input, so that it is
 * neither cropped nor resized.
 */
export function drawPattern(size: number): Pixels {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      data[at++] = (x * x + y * y) >> 5 & 255;
      data[at++] = (x * (size - y)) >> 4 & 255;
      data[at++] = (x * 2 + y * 3) & 255;
      data[at++] = 255;
    }
  }
  return { width: size, height: size, data };
}
