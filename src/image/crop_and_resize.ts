import { assertWhole } from "../argument.ts";
import { assertGeometry } from "../network_arguments.ts";
import type { CropAndResize } from "../model/network.ts";
import { type Box, cropBox } from "./crop.ts";
import { flattenOverWhite, hasAlpha } from "./flatten.ts";
import { assertPixels, type Pixels } from "./pixels.ts";
import { startAntialiased } from "./resize_antialiased.ts";
import { startHalfPixel } from "./resize_half_pixel.ts";
import { type ResizePlan, resizeWhole, type RowResize } from "./row_resize.ts";

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
  const box = cropBox(image.width, image.height, geometry.crop);
  if (box.width === size && box.height === size) return cropped(opaque, box);
  const plan = { stored: opaque, orientation: 1, box, size } as const;
  return resizeWhole(startResize(geometry, plan), opaque);
}

/** Begins a resize by the method that was checked in `geometry`. */
export function startResize(
  { resize }: CropAndResize,
  plan: ResizePlan,
): RowResize {
  return resize === "antialiased"
    ? startAntialiased(plan)
    : startHalfPixel(plan);
}

/** Composites an image over white; an opaque one is returned as it is. */
export function opaquePixels(image: Pixels): Pixels {
  assertPixels("resize", image);
  if (!hasAlpha(image.data)) return image;
  const data = image.data.slice();
  flattenOverWhite(data);
  return { data, width: image.width, height: image.height };
}

/** A part of an opaque image at its own size, as either resize would give it. */
function cropped({ data, width }: Pixels, box: Box): Pixels {
  const rowBytes = box.width * 4;
  const out = new Uint8ClampedArray(box.height * rowBytes);
  for (let row = 0; row < box.height; row++) {
    const from = ((box.top + row) * width + box.left) * 4;
    out.set(data.subarray(from, from + rowBytes), row * rowBytes);
  }
  return { data: out, width: box.width, height: box.height };
}
