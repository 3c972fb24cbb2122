import { expectCrop, shownValue } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { flattenOverWhite, hasAlpha } from "./flatten.ts";
import type { Pixels } from "./pixels.ts";
import { startResize } from "./resize_antialiased.ts";
import { startHalfPixel } from "./resize_half_pixel.ts";
import { resizeWhole, type StartResize } from "./row_resize.ts";

/**
 * Which part of an image a network sees: all of it, squashed to a square, or
 * the central square.
 */
export type CropRule =
  | { readonly kind: "squash" }
  | {
    readonly kind: "center";
    /**
     * The square's side as a part of the image's shorter side, in (0, 1]. The
     * evaluation of Inception-v3 uses 0.875.
     */
    readonly fraction: number;
  };

/** How a model's training brought images to size. The model brings it. */
export interface InputGeometry {
  /** The part that is kept. */
  readonly crop: CropRule;
  /**
   * `"antialiased"` is Pillow's `BILINEAR`, bit for bit: a triangle as wide as
   * the reduction. `"half-pixel"` is TensorFlow's `resize_bilinear` with
   * `half_pixel_centers`: it samples four pixels however large the reduction.
   */
  readonly resize: "antialiased" | "half-pixel";
}

/** A part of an image in pixels; edges may lie between pixels. */
export interface Box {
  /** From the image's left edge. */
  readonly left: number;
  /** From the image's upper edge. */
  readonly top: number;
  /** From the left to the right edge of the part. */
  readonly width: number;
  /** From the upper to the lower edge of the part. */
  readonly height: number;
}

/**
 * Crops and resizes an image to the square that a network reads.
 *
 * The central square's side is rounded to whole pixels, at least 1, and its
 * corner to the nearest, ties to even, as torchvision's `CenterCrop` does.
 *
 * @param image Of any size; alpha is composited over white. It isn't changed.
 * @param size The side of the result in pixels, a positive integer.
 * @param geometry The model's crop rule and resize method.
 * @returns `size` x `size` pixels; every fourth byte is 255.
 * @throws {ArgumentError} When `image.data` isn't `width * height * 4` bytes, or a
 * number is outside its range.
 * @throws {ArgumentError} When `image.data` doesn't hold bytes.
 *
 * @example
 * ```ts ignore
 * const input = fitImage(image, 299, {
 *   crop: { kind: "squash" },
 *   resize: "antialiased",
 * });
 * ```
 */
export function fitImage(
  image: Pixels,
  size: number,
  geometry: InputGeometry,
): Pixels {
  const opaque = opaquePixels(image);
  assertInputSize(size);
  const box = cropBox(image.width, image.height, geometry.crop);
  if (box.width === size && box.height === size) return cropped(opaque, box);
  return resizeWhole(startOf(geometry), opaque, box, size);
}

/**
 * How a geometry's resize begins.
 *
 * @throws {ArgumentError} When there is no such resize.
 */
export function startOf({ resize }: InputGeometry): StartResize {
  switch (resize) {
    case "antialiased":
      return startResize;
    case "half-pixel":
      return startHalfPixel;
    default:
      throw new ArgumentError(
        `Unsupported resize: "${resize}". Should be one of: antialiased, half-pixel`,
      );
  }
}

/**
 * @throws {ArgumentError} When `size` isn't a positive integer.
 */
export function assertInputSize(size: number): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new ArgumentError(
    `Cannot resize an image to ${size}: size must be a positive integer`,
  );
}

/** The part of a `width` x `height` image that `crop` keeps, in whole pixels. */
export function cropBox(width: number, height: number, crop: CropRule): Box {
  expectCrop(crop);
  if (crop.kind === "squash") return { left: 0, top: 0, width, height };
  const side = Math.max(1, Math.round(crop.fraction * Math.min(width, height)));
  return {
    left: roundHalfToEven((width - side) / 2),
    top: roundHalfToEven((height - side) / 2),
    width: side,
    height: side,
  };
}

/** Python's `round`, which decides where torchvision's crops begin. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The image over white: itself where it is opaque.
 *
 * @throws {ArgumentError} When `data` isn't `width * height * 4` bytes.
 */
export function opaquePixels(image: Pixels): Pixels {
  assertPixels(image);
  if (!hasAlpha(image.data)) return image;
  const data = image.data.slice();
  flattenOverWhite(data);
  return { data, width: image.width, height: image.height };
}

function assertPixels(image: Pixels): void {
  const { data, width, height } = image ?? {};
  const whole = Number.isInteger(width) && Number.isInteger(height);
  if (!whole || width < 1 || height < 1) {
    throw new ArgumentError(
      `Cannot resize an image of ${shownValue(width)} x ${
        shownValue(height)
      }: both must be positive integers`,
    );
  }
  // The `data` of an `ImageData` of the newer "rgba-float16" kind, say.
  if (data?.BYTES_PER_ELEMENT !== 1) {
    throw new ArgumentError(
      `Cannot resize an image whose data is ${
        shownValue(data)
      }: it must be bytes`,
    );
  }
  if (data.length !== width * height * 4) {
    throw new ArgumentError(
      `Cannot resize an image whose data is ${data.length} bytes: ${width}x${height} pixels of RGBA need ${
        width * height * 4
      }`,
    );
  }
}

/** A part of an opaque image at its own size: what either resize gives then. */
function cropped({ data, width }: Pixels, box: Box): Pixels {
  const rowBytes = box.width * 4;
  const out = new Uint8ClampedArray(box.height * rowBytes);
  for (let row = 0; row < box.height; row++) {
    const from = ((box.top + row) * width + box.left) * 4;
    out.set(data.subarray(from, from + rowBytes), row * rowBytes);
  }
  return { data: out, width: box.width, height: box.height };
}
