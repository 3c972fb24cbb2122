import { displayValue } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

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

/** Whether a value looks like pixels; {@linkcode assertPixels} checks them. */
export function isPixels(image: unknown): image is Pixels {
  return typeof image === "object" && image !== null && "data" in image &&
    "width" in image && "height" in image;
}

/** @throws {ArgumentError} When it isn't pixels: `width * height * 4` bytes. */
export function assertPixels(verb: string, image: Pixels): void {
  const { data, width, height } = image ?? {};
  const whole = Number.isInteger(width) && Number.isInteger(height);
  if (!whole || width < 1 || height < 1) {
    throw new ArgumentError(
      `Cannot ${verb} an image of ${displayValue(width)} x ${
        displayValue(height)
      }: both must be positive integers`,
    );
  }
  // For example, an `ImageData` in the newer "rgba-float16" format.
  if (data?.BYTES_PER_ELEMENT !== 1) {
    throw new ArgumentError(
      `Cannot ${verb} an image whose data is ${
        displayValue(data)
      }: it must be bytes`,
    );
  }
  if (data.length !== width * height * 4) {
    throw new ArgumentError(
      `Cannot ${verb} an image whose data is ${data.length} bytes: ${width}x${height} pixels of RGBA need ${
        width * height * 4
      }`,
    );
  }
}
