import type { Orientation } from "../exif.ts";
import type { Region } from "../rows.ts";
import { type Box, BoxError, int32, reader, uint } from "./boxes.ts";

/** A size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The orientation that results from the properties `irot` and `imir` in their order:
 * ISO/IEC 23008-12, sections 6.5.10 and 6.5.12. If the file also has EXIF, that repeats
 * the orientation and isn't applied: ISO/IEC 23000-22, section 7.3.6.7.
 */
export function orientationOf(properties: readonly Box[]): Orientation {
  let orientation: Orientation = 1;
  for (const { type, body: { bytes } } of properties) {
    if (type !== "irot" && type !== "imir") continue;
    const value = uint(reader(bytes), 1);
    if (type === "imir") {
      const mirrored = value & 1 ? LEFT_TO_RIGHT : TOP_TO_BOTTOM;
      orientation = mirrored[orientation - 1]!;
      continue;
    }
    for (let i = 0; i < (value & 3); i++) {
      orientation = TURNED_LEFT[orientation - 1]!;
    }
  }
  return orientation;
}

/**
 * The maximum number of decoded pixels per visible pixel: tiles at the edges are cut.
 */
export const MAX_SHARE = 4;

/** What the orientations 1 to 8 become when the upright image is turned or mirrored. */
const TURNED_LEFT: readonly Orientation[] = [8, 5, 6, 7, 4, 1, 2, 3];
const TOP_TO_BOTTOM: readonly Orientation[] = [4, 3, 2, 1, 8, 7, 6, 5];
const LEFT_TO_RIGHT: readonly Orientation[] = [2, 1, 4, 3, 6, 5, 8, 7];

/**
 * The part of a decoded image that the property `clap` keeps: ISO/IEC 14496-12, section
 * 12.1.4. It comes before the orientation. Odd sizes are made so.
 */
export function croppedTo(properties: readonly Box[], size: Size): Region {
  const clap = properties.find((it) => it.type === "clap");
  if (clap === undefined) {
    return { left: 0, top: 0, right: size.width, bottom: size.height };
  }
  const body = reader(clap.body.bytes);
  const fraction = () => int32(body) / uint(body, 4);
  const width = Math.round(fraction());
  const height = Math.round(fraction());
  // The distance between the crop's centre and the image's.
  const left = Math.round(fraction() + (size.width - width) / 2);
  const top = Math.round(fraction() + (size.height - height) / 2);
  const region = { left, top, right: left + width, bottom: top + height };
  const isInside = left >= 0 && top >= 0 && width > 0 && height > 0 &&
    region.right <= size.width && region.bottom <= size.height;
  if (!isInside) throw new BoxError("its crop isn't inside of the image");
  // The whole image is decoded, but limits apply to the visible part.
  if (size.width * size.height > MAX_SHARE * (width * height + 512 * 512)) {
    throw new BoxError(
      `it shows ${width}x${height} pixels of ${size.width}x${size.height} only`,
    );
  }
  return region;
}
