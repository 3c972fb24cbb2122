import type { CropRule } from "../model/network.ts";
import { assertCrop } from "../network_arguments.ts";

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

/** The part of a `width` x `height` image that `crop` keeps, in whole pixels. */
export function cropBox(width: number, height: number, crop: CropRule): Box {
  assertCrop(crop);
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
