import {
  CorruptImageError,
  ImageTooLargeError,
  UnsupportedImageError,
} from "../../errors.ts";
import type { Pixels } from "../pixels.ts";

/**
 * jpeg-js keeps every coefficient as an object of its own, about 40 bytes a
 * pixel, and is some nine times slower than mozjpeg, so it gets no more than
 * this, which also fits its own default limit of 512 MB.
 */
const MAX_CMYK_PIXELS = 16_000_000;

/**
 * Decodes a JPEG of four components (CMYK, or YCCK as Photoshop writes) to RGB
 * by `(255 - C) * (255 - K) / 255`, as Pillow does; printing profiles aren't
 * applied. mozjpeg refuses such files, so jpeg-js decodes them.
 *
 * @throws {ImageTooLargeError} Above 16 megapixels.
 * @throws {UnsupportedImageError} Without an Adobe marker, which says whether
 * the values are inverted.
 * @throws {CorruptImageError} Where the data is damaged.
 */
export async function decodeCmykJpeg(
  bytes: Uint8Array,
  pixels: number,
): Promise<Pixels> {
  if (pixels > MAX_CMYK_PIXELS) {
    throw new ImageTooLargeError(
      `Cannot decode a CMYK JPEG of ${pixels} pixels as the limit for CMYK is ${MAX_CMYK_PIXELS}: convert it to RGB first`,
    );
  }
  const { default: jpeg } = await import("jpeg-js");
  try {
    return jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      tolerantDecoding: true,
      maxResolutionInMP: pixels / 1e6,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (reason.startsWith("Unsupported color mode")) {
      throw new UnsupportedImageError(
        "Cannot decode a CMYK JPEG without an Adobe marker: convert it to RGB first",
        "CMYK JPEG",
        { cause },
      );
    }
    throw new CorruptImageError(
      `Cannot decode the JPEG as its data is damaged: ${reason}`,
      "jpeg",
      { cause },
    );
  }
}
