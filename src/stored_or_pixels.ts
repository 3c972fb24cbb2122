import { expectArgument } from "./argument.ts";
import type { ImageSource } from "./classifier.ts";
import type { Pixels } from "./image/mod.ts";

/**
 * A file's bytes, or pixels.
 *
 * @throws {ArgumentError} When it is neither: a path or an address, say.
 */
export async function storedOrPixels(
  image: ImageSource,
): Promise<Uint8Array | Pixels> {
  if (image instanceof Uint8Array) return image;
  if (image instanceof ArrayBuffer) return new Uint8Array(image);
  if (image instanceof Blob) return new Uint8Array(await image.arrayBuffer());
  expectArgument(
    typeof image === "object" && image !== null && "data" in image &&
      "width" in image && "height" in image,
    "read an image as it must be the bytes of a JPEG, PNG or WebP file (Uint8Array, ArrayBuffer or Blob), or pixels { data, width, height } such as an ImageData",
    image,
  );
  return image;
}
