/**
 * An 8-bit image: rows top-down, 4 bytes a pixel in the order R, G, B, A,
 * straight (not premultiplied) alpha, all values 0..255. An `ImageData` of
 * bytes fits.
 */
export interface Pixels {
  /** `width * height * 4` bytes, `[height, width, 4]`. */
  readonly data: Uint8ClampedArray | Uint8Array;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}
