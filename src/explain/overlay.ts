import { ArgumentError } from "../errors.ts";
import type { Box } from "../image/mod.ts";
import { assertPixels, type Pixels } from "../image/pixels.ts";
import { colorOf } from "./color_map.ts";
import type { Explanation } from "./explanation.ts";
import { assertExplanation, upsample } from "./upsample.ts";

/** The most pixels of a picture's longer side; a larger photo is drawn smaller. */
const MAX_SIDE = 1024;

/** The share of the map in a picture's colour; the rest is the photo's. */
const OPACITY = 0.6;

const SHADES = 256;

/**
 * Draws a map over its photo. Light parts speak for the class, black ones don't or speak
 * against it. The lightest shade is the largest value of the map.
 *
 * @param photo The photo that was explained, upright, as `decodeImage` gives it.
 * @returns The part that the network reads, at the photo's scale or at a half, a third
 * and so on: at most 1024 pixels a side. It is opaque.
 * @throws {ArgumentError} When the photo is smaller than the explanation's crop, or an
 * argument isn't valid.
 */
export function drawOverlay(photo: Pixels, explanation: Explanation): Pixels {
  assertPixels("draw over", photo);
  assertExplanation(explanation);
  const crop = wholePixels(explanation.crop);
  if (
    crop.left + crop.width > photo.width ||
    crop.top + crop.height > photo.height
  ) {
    throw new ArgumentError(
      `Cannot draw over a photo of ${photo.width}x${photo.height} as it isn't the one that was explained`,
    );
  }
  const scale = Math.ceil(Math.max(crop.width, crop.height) / MAX_SIDE);
  const picture = shrink(photo, crop, scale);
  const { data, width, height } = picture;
  const map = upsample({ ...explanation, crop }, width, height);
  const most = explanation.values.reduce((a, b) => Math.max(a, b), 0);
  const shades = Array.from(
    { length: SHADES },
    (_, i) => colorOf(i / (SHADES - 1)),
  );
  for (const [i, value] of map.entries()) {
    const part = most === 0 ? 0 : Math.max(0, value / most);
    const shade = shades[Math.round(part * (SHADES - 1))]!;
    for (const [channel, level] of shade.entries()) {
      const at = i * 4 + channel;
      data[at] = data[at]! * (1 - OPACITY) + level * OPACITY;
    }
  }
  return picture;
}

/** The nearest box whose edges aren't between pixels. */
function wholePixels({ left, top, width, height }: Box): Box {
  const edges = { left: Math.round(left), top: Math.round(top) };
  return {
    ...edges,
    width: Math.max(1, Math.round(left + width) - edges.left),
    height: Math.max(1, Math.round(top + height) - edges.top),
  };
}

/** A part of an image, each pixel the mean of `scale` x `scale` pixels. */
function shrink(
  { data, width }: Pixels,
  box: Box,
  scale: number,
): Pixels & { readonly data: Uint8ClampedArray } {
  const columns = Math.max(1, Math.floor(box.width / scale));
  const rows = Math.max(1, Math.floor(box.height / scale));
  const across = Math.min(scale, box.width);
  const down = Math.min(scale, box.height);
  const small = new Uint8ClampedArray(columns * rows * 4);
  for (let to = 0; to < small.length; to++) {
    const channel = to % 4;
    const x = box.left + (to >> 2) % columns * scale;
    const y = box.top + Math.floor((to >> 2) / columns) * scale;
    let sum = 0;
    for (let row = y; row < y + down; row++) {
      for (let column = x; column < x + across; column++) {
        sum += data[(row * width + column) * 4 + channel]!;
      }
    }
    small[to] = sum / (across * down);
  }
  return { data: small, width: columns, height: rows };
}
