/** The values R, G and B of each pixel beside each other, or of all of one after the other. */
export type Layout = "interleaved" | "planar";

/** RGBA to the values 0..255 that models of this folder's writers read. */
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
