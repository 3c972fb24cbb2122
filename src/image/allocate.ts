import { ImageTooLargeError } from "../errors.ts";

/** Allocates memory for `image`, such as "the JPEG". */
export function allocate<T>(image: string, bytes: number, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ImageTooLargeError(
      `Cannot decode ${image} as it needs ${
        Math.ceil(bytes / 2 ** 20)
      } MiB of memory, which this runtime doesn't give`,
      { cause },
    );
  }
}

/** Allocates RGBA pixels. */
export function allocatePixels(
  width: number,
  height: number,
): Uint8ClampedArray<ArrayBuffer> {
  const bytes = width * height * 4;
  const image = `an image of ${width}x${height} pixels`;
  return allocate(image, bytes, () => new Uint8ClampedArray(bytes));
}
