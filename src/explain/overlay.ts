import { assertOptions } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import {
  assertDecodeOptions,
  DECODE_OPTIONS,
} from "../image/decode_options.ts";
import type { Box, DecodeOptions, ImageSource, Pixels } from "../image/mod.ts";
import { colorOf } from "./color_map.ts";
import type { Explanation } from "./explanation.ts";
import { assertExplanation, upsample } from "./upsample.ts";

/** The maximum length of a picture's longer side in pixels. A larger photo is reduced. */
const MAX_SIDE = 1024;

/** The opacity of the map over the photo. */
const OPACITY = 0.6;

const SHADES = 256;

/**
 * Draws an explanation over its photo. Light parts support the class; black parts
 * don't, or count against it. The lightest shade is the largest value of the map.
 *
 * The photo is read row by row, as `preprocess` does, so it may be of any size.
 *
 * @param photo The photo that was explained: a file, or upright pixels as from
 * `decodeImage`.
 * @returns The part of the photo that the network sees, opaque, at the photo's scale or
 * at a half, a third and so on, with at most 1024 pixels a side.
 * @throws {ArgumentError} When the photo is smaller than the explanation's crop, or an
 * argument isn't valid.
 * @throws As `decodeImage`.
 */
export async function drawOverlay(
  photo: ImageSource,
  explanation: Explanation,
  options: DecodeOptions = {},
): Promise<Pixels> {
  assertOptions("draw over an image", options, DECODE_OPTIONS);
  assertDecodeOptions(options);
  assertExplanation(explanation);
  const crop = wholePixels(explanation.crop);
  // Imported here, as only this needs the decoders: the rest of `./explain` has a few KB.
  const { openImage } = await import("../image/read_smaller.ts");
  const { width, height, readSmaller } = await openImage(photo, options);
  if (crop.left + crop.width > width || crop.top + crop.height > height) {
    throw new ArgumentError(
      `Cannot draw over a photo of ${width}x${height} as it isn't the one that was explained`,
    );
  }
  const picture = await readSmaller(crop, MAX_SIDE);
  const data = picture.data;
  const map = upsample({ ...explanation, crop }, picture.width, picture.height);
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

/** The nearest box with integer edges. */
function wholePixels({ left, top, width, height }: Box): Box {
  const edges = { left: Math.round(left), top: Math.round(top) };
  return {
    ...edges,
    width: Math.max(1, Math.round(left + width) - edges.left),
    height: Math.max(1, Math.round(top + height) - edges.top),
  };
}
