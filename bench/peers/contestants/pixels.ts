/** R, G and B of each pixel side by side, or one plane after the other. */
export type Layout = "interleaved" | "planar";

/**
 * Converts RGBA to RGB values in 0..255, which the models written by this folder read.
 */
export function copyPixels(
  pixels: Uint8ClampedArray,
  values: Float32Array | Uint8Array,
  layout: Layout,
): void {
  const [pixel, channel] = layout === "planar"
    ? [1, pixels.length / 4]
    : [3, 1];
  for (let from = 0, to = 0; from < pixels.length; from += 4, to += pixel) {
    values[to] = pixels[from]!;
    values[to + channel] = pixels[from + 1]!;
    values[to + 2 * channel] = pixels[from + 2]!;
  }
}
