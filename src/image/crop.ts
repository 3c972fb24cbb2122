import type { CropRule } from "../model/network.ts";
import { assertCrop } from "../network_arguments.ts";

/** A rectangle of an image in pixels; its edges may be between pixels. */
export interface Box {
  /** From the image's left edge. */
  readonly left: number;
  /** From the image's upper edge. */
  readonly top: number;
  /** The width of the part. */
  readonly width: number;
  /** The height of the part. */
  readonly height: number;
}

/** The part of a `width` x `height` image that `crop` keeps. */
export function cropBox(width: number, height: number, crop: CropRule): Box {
  assertCrop(crop);
  switch (crop.kind) {
    case "squash":
      return { left: 0, top: 0, width, height };
    case "center": {
      const shorter = Math.min(width, height);
      const side = Math.max(1, Math.round(crop.fraction * shorter));
      const corner = centralCorner({ width, height }, side);
      return { ...corner, width: side, height: side };
    }
    case "resize": {
      const { size } = crop;
      const grid = resizedGrid(width, height, crop);
      return {
        left: grid.left * width / grid.width,
        top: grid.top * height / grid.height,
        width: size * width / grid.width,
        height: size * height / grid.height,
      };
    }
  }
}

/** How an image becomes a network's square input. */
export interface CropPlan {
  /** The part to resize, in whole pixels. */
  readonly box: Box;
  /** The size to resize to, and the input's position in it. */
  readonly grid: Box;
}

/**
 * How `crop` makes a `size` x `size` square from a `width` x `height` image. If the
 * rule resizes before cropping and `size` isn't its own size, the same part is kept.
 */
export function planCrop(
  width: number,
  height: number,
  crop: CropRule,
  size: number,
): CropPlan {
  const box = cropBox(width, height, crop);
  if (crop.kind !== "resize") {
    return { box, grid: { left: 0, top: 0, width: size, height: size } };
  }
  const grid = resizedGrid(width, height, crop);
  const ratio = size / crop.size;
  return {
    box: { left: 0, top: 0, width, height },
    grid: {
      left: grid.left * ratio,
      top: grid.top * ratio,
      width: grid.width * ratio,
      height: grid.height * ratio,
    },
  };
}

/**
 * The size after torchvision's `Resize(to)`, and the corner of its `CenterCrop(size)`
 * in it.
 */
function resizedGrid(
  width: number,
  height: number,
  { to, size }: { readonly to: number; readonly size: number },
): Box {
  const resized = width <= height
    ? { width: to, height: Math.trunc(to * height / width) }
    : { width: Math.trunc(to * width / height), height: to };
  return { ...resized, ...centralCorner(resized, size) };
}

/** Where torchvision's `CenterCrop(side)` begins, in whole pixels. */
function centralCorner(
  { width, height }: Pick<Box, "width" | "height">,
  side: number,
): Pick<Box, "left" | "top"> {
  return {
    left: roundHalfToEven((width - side) / 2),
    top: roundHalfToEven((height - side) / 2),
  };
}

/** Python's `round`, which decides where torchvision's crops begin. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
