import { cropAndResize, type Pixels } from "../image/mod.ts";
import type { Preprocessing } from "../model/mod.ts";
import type { Random } from "./random.ts";

/** The minimum fraction of the area in a crop. */
const LEAST_AREA = 0.35;
/** The range of a crop's aspect ratio, width over height, as in GoogLeNet. */
const ASPECTS = [3 / 4, 4 / 3] as const;

/**
 * Takes a random crop of a photo as the network's input, mirrored with probability 1/2:
 * GoogLeNet's augmentation (arXiv 1409.4842, section 6).
 *
 * @param size The input's side in pixels.
 */
export function randomView(
  photo: Pixels,
  size: number,
  { resize }: Pick<Preprocessing, "resize">,
  random: Random,
): Pixels {
  const area = LEAST_AREA + (1 - LEAST_AREA) * random();
  const aspect = ASPECTS[0] * (ASPECTS[1] / ASPECTS[0]) ** random();
  const side = Math.sqrt(area * photo.width * photo.height);
  const width = extent(side * Math.sqrt(aspect), photo.width);
  const height = extent(side / Math.sqrt(aspect), photo.height);
  const left = Math.floor(random() * (photo.width - width + 1));
  const top = Math.floor(random() * (photo.height - height + 1));
  const part = crop(photo, left, top, width, height);
  const view = cropAndResize(part, size, { crop: { kind: "squash" }, resize });
  return random() < 0.5 ? mirrored(view) : view;
}

function extent(wanted: number, most: number): number {
  return Math.max(1, Math.min(most, Math.round(wanted)));
}

function crop(
  photo: Pixels,
  left: number,
  top: number,
  width: number,
  height: number,
): Pixels {
  const data = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * photo.width + left) * 4;
    const pixels = photo.data.subarray(start, start + width * 4);
    data.set(pixels, row * width * 4);
  }
  return { data, width, height };
}

/** Flips an image horizontally. */
export function mirrored({ data, width, height }: Pixels): Pixels {
  const pixels = new Uint32Array(data.slice().buffer);
  for (let row = 0; row < height; row++) {
    pixels.subarray(row * width, (row + 1) * width).reverse();
  }
  return { data: new Uint8Array(pixels.buffer), width, height };
}
