import { ArgumentError } from "../errors.ts";
import type { Box } from "../image/mod.ts";
import { assertPixels, type Pixels } from "../image/pixels.ts";
import { colorOf } from "./color_map.ts";
import type { Explanation } from "./explanation.ts";
import { assertExplanation, upsample } from "./upsample.ts";

/** A picture's longer side has no more pixels; a larger photo is drawn smaller. */
const MOST_PIXELS = 1024;

/** How much of a picture's colour is the map's; the rest is the photo's. */
const OPACITY = 0.6;

/** The shades of the map. */
const SHADES = 256;

/**
 * Draws a map over its photo: the lighter, the more speaks for the class; black is
 * what doesn't, or speaks against it. The lightest is the map's own largest value.
 *
 * @param photo The photo that was explained, upright, as `decodeImage` gives it.
 * @returns What the network sees of it, at the photo's own scale or at a half, a
 * third and so on, at most 1024 pixels a side. It is opaque.
 * @throws {ArgumentError} When the photo is smaller than what was seen of it, or one of
 * both isn't what it must be.
 */
export function drawOverlay(photo: Pixels, explanation: Explanation): Pixels {
  assertPixels("draw over", photo);
  assertExplanation(explanation);
  const { seen } = explanation;
  if (
    seen.left + seen.width > photo.width ||
    seen.top + seen.height > photo.height
  ) {
    throw new ArgumentError(
      `Cannot draw over a photo of ${photo.width}x${photo.height} as it isn't the one that was explained`,
    );
  }
  const scale = Math.ceil(Math.max(seen.width, seen.height) / MOST_PIXELS);
  const picture = shrink(photo, seen, scale);
  const { data, width, height } = picture;
  const map = upsample(explanation, width, height);
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

/** A part of an image with the means of `scale` x `scale` pixels for one. */
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
