import { ImageTooLargeError } from "../errors.ts";

/**
 * Memory for RGBA pixels.
 *
 * @throws {ImageTooLargeError} When it can't be had.
 */
export function allocatePixels(
  width: number,
  height: number,
): Uint8ClampedArray<ArrayBuffer> {
  const bytes = width * height * 4;
  try {
    return new Uint8ClampedArray(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ImageTooLargeError(
      `Cannot decode an image of ${width}x${height} pixels as it needs ${
        Math.ceil(bytes / 2 ** 20)
      } MiB of memory, which this runtime doesn't give`,
      { cause },
    );
  }
}
