import type { ImageSource } from "../classifier.ts";
import { decodeImage, type Pixels } from "../image/mod.ts";

/** All pixels of an image, upright: several parts of it are looked at. */
export async function pixelsOf(image: ImageSource): Promise<Pixels> {
  if (image instanceof Blob) image = new Uint8Array(await image.arrayBuffer());
  return image instanceof Uint8Array ? await decodeImage(image) : image;
}
