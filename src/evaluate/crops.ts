import { assertArgument, assertChoice, assertWhole } from "../argument.ts";
import { assertPixels, type Pixels } from "../image/pixels.ts";

/** The number of crops of an image. */
export type CropCount = 1 | 12 | 144;

/** A square part of an image, in whole pixels. */
export interface Crop {
  /** The distance from the image's left edge, in pixels. */
  readonly left: number;
  /** The distance from the image's top edge, in pixels. */
  readonly top: number;
  /** The side, at least 1. */
  readonly side: number;
  /** Whether it is flipped horizontally. */
  readonly mirrored: boolean;
  /**
   * The number of equal crops that it represents. All weights add up to the number of
   * crops.
   */
  readonly weight: number;
}

/** The shorter side of the image in pixels, for crops of {@linkcode CROP_SIDE}. */
const SCALES = [256, 288, 320, 352];
const CROP_SIDE = 224;

/**
 * The 144 crops used to evaluate GoogLeNet (arXiv 1409.4842, section 7): 4 scales, 3
 * squares each (left, middle, right; or top, middle, bottom), 6 crops each (4 corners,
 * the centre, the whole square), each also mirrored. They are in the image's own pixels:
 * a crop of 224 at a shorter side of 256 is 7/8 of the image's shorter side.
 *
 * The 12 crops are those of the first scale's middle square. arXiv 1512.00567 reports
 * results for 12 crops in its Table 4, but doesn't define them.
 *
 * Equal crops are returned once, with their number as the weight: the whole square is the
 * same at all scales, and a square image has only one square.
 *
 * @param width The width of the image in pixels.
 * @param height The height of the image in pixels.
 * @throws {ArgumentError} When an argument isn't valid.
 */
export function multiCrops(
  width: number,
  height: number,
  count: 12 | 144,
): readonly Crop[] {
  assertChoice("cut crops", "their number", count, [12, 144]);
  assertWhole("cut crops", "width", width, 1);
  assertWhole("cut crops", "height", height, 1);
  const shorter = Math.min(width, height);
  const spare = Math.max(width, height) - shorter;
  const middle = Math.round(spare / 2);
  const squares = count === 144 ? [0, middle, spare] : [middle];
  const scales = count === 144 ? SCALES : SCALES.slice(0, 1);
  const crops = new Map<string, Crop>();
  for (const scale of scales) {
    const side = Math.max(1, Math.round(shorter * CROP_SIDE / scale));
    const [end, centre] = [shorter - side, Math.round((shorter - side) / 2)];
    const parts = [
      [0, 0, side],
      [end, 0, side],
      [0, end, side],
      [end, end, side],
      [centre, centre, side],
      [0, 0, shorter],
    ] as const;
    for (const along of squares) {
      const [x, y] = width > height ? [along, 0] : [0, along];
      for (const [left, top, side] of parts) {
        for (const mirrored of [false, true]) {
          const crop = { left: x + left, top: y + top, side, mirrored };
          const key = Object.values(crop).join();
          const weight = (crops.get(key)?.weight ?? 0) + 1;
          crops.set(key, { ...crop, weight });
        }
      }
    }
  }
  return [...crops.values()];
}

/**
 * Cuts a crop out of an image, without resizing. The image isn't changed.
 *
 * @throws {ArgumentError} When the crop isn't a part of the image.
 */
export function cutCrop(image: Pixels, crop: Crop): Pixels {
  assertPixels("cut a crop of", image);
  const { left, top, side, mirrored } = crop ?? {};
  const isWithin = (start: number, size: number) =>
    Number.isInteger(start) && start >= 0 && start + side <= size;
  assertArgument(
    Number.isInteger(side) && side >= 1 && isWithin(left, image.width) &&
      isWithin(top, image.height),
    `cut a crop as it must lie within the image of ${image.width}x${image.height}, in whole pixels`,
    crop && JSON.stringify(crop),
  );
  const data = new Uint8ClampedArray(side * side * 4);
  const pixels = new Uint32Array(data.buffer);
  for (let row = 0; row < side; row++) {
    const from = ((top + row) * image.width + left) * 4;
    data.set(image.data.subarray(from, from + side * 4), row * side * 4);
    if (mirrored) pixels.subarray(row * side, (row + 1) * side).reverse();
  }
  return { data, width: side, height: side };
}
