import type { ImageSource } from "../classifier.ts";
import { decodeImage, type DecodeOptions, type Pixels } from "../image/mod.ts";
import { storedOrPixels } from "../stored_or_pixels.ts";

/** All pixels of an image, upright: several parts of it are looked at. */
export async function pixelsOf(
  image: ImageSource,
  options: DecodeOptions = {},
): Promise<Pixels> {
  const photo = await storedOrPixels(image);
  return photo instanceof Uint8Array
    ? await decodeImage(photo, options)
    : photo;
}
