import { assertWhole } from "../argument.ts";
import { assertGeometry } from "../network_arguments.ts";
import type { CropAndResize } from "../model/network.ts";
import { planCrop } from "./crop.ts";
import { flattenOverWhite, hasAlpha } from "./flatten.ts";
import { assertPixels, type Pixels } from "./pixels.ts";
import { startAntialiased } from "./resize_antialiased.ts";
import { CUBIC, TRIANGLE } from "./resize_filter.ts";
import { startHalfPixel } from "./resize_half_pixel.ts";
import { type ResizePlan, resizeWhole, type RowResize } from "./row_resize.ts";

/**
 * Crops and resizes an image to the square that a network reads.
 *
 * The side of a `"center"` crop is rounded to whole pixels, at least 1. Its corner is
 * rounded to whole pixels, ties to even, as in torchvision's `CenterCrop`. For a
 * `"resize"` crop these are pixels of the resized image, so the crop may begin between
 * two pixels of the image itself.
 *
 * @param image Of any size; alpha is composited over white. It isn't changed.
 * @param size The side of the result in pixels, a positive integer.
 * @param geometry The model's crop rule and resize method.
 * @returns `size` x `size` pixels; every fourth byte is 255.
 * @throws {ArgumentError} When `image.data` isn't `width * height * 4` bytes, or another
 * argument isn't valid.
 *
 * @example
 * ```ts
 * import { decodeImage, cropAndResize } from "@totem/inception";
 *
 * const image = await decodeImage(await Deno.readFile("photo.jpg"));
 * const { width, height } = cropAndResize(image, 299, {
 *   crop: { kind: "squash" },
 *   resize: "antialiased",
 * });
 * console.log(width, height); // 299 299
 * ```
 */
export function cropAndResize(
  image: Pixels,
  size: number,
  geometry: CropAndResize,
): Pixels {
  const opaque = opaquePixels(image);
  assertWhole("resize an image", "size", size, 1);
  assertGeometry("resize an image", geometry);
  const { width, height } = image;
  const { box, grid } = planCrop(width, height, geometry.crop, size);
  const [left, top] = [box.left + grid.left, box.top + grid.top];
  const isResized = box.width !== grid.width || box.height !== grid.height ||
    left % 1 !== 0 || top % 1 !== 0;
  if (!isResized) return cropped(opaque, left, top, size);
  const plan = { stored: opaque, orientation: 1, box, grid, size } as const;
  return resizeWhole(startResize(geometry, plan), opaque);
}

/** Begins a resize by the method that was checked in `geometry`. */
export function startResize(
  { resize }: CropAndResize,
  plan: ResizePlan,
): RowResize {
  switch (resize) {
    case "antialiased":
      return startAntialiased(plan, TRIANGLE);
    case "bicubic":
      return startAntialiased(plan, CUBIC);
    case "half-pixel":
      return startHalfPixel(plan);
  }
}

/** Composites an image over white; an opaque one is returned as it is. */
export function opaquePixels(image: Pixels): Pixels {
  assertPixels("resize", image);
  if (!hasAlpha(image.data)) return image;
  const data = image.data.slice();
  flattenOverWhite(data);
  return { data, width: image.width, height: image.height };
}

/**
 * A square of an opaque image that needs no resizing: every method would return the
 * same.
 */
function cropped(
  { data, width }: Pixels,
  left: number,
  top: number,
  size: number,
): Pixels {
  const rowBytes = size * 4;
  const out = new Uint8ClampedArray(size * rowBytes);
  for (let row = 0; row < size; row++) {
    const from = ((top + row) * width + left) * 4;
    out.set(data.subarray(from, from + rowBytes), row * rowBytes);
  }
  return { data: out, width: size, height: size };
}
