import { cropAndResize, type Pixels } from "../image/mod.ts";
import type { Preprocessing } from "../model/mod.ts";
import { randomView } from "./augment.ts";
import { type Random, randomNumbers } from "./random.ts";

/** One part of a photo at two resolutions, each made from all the pixels there are. */
export interface ViewPair {
  /** As the network sees it at its full resolution. */
  readonly full: Pixels;
  /** As it enters with fewer pixels. */
  readonly low: Pixels;
}

/** The sides of both, in pixels. */
export interface PairSizes {
  readonly full: number;
  readonly low: number;
}

/** What the network looks at. */
export function wholePair(
  photo: Pixels,
  sizes: PairSizes,
  preprocessing: Preprocessing,
): ViewPair {
  return {
    full: cropAndResize(photo, sizes.full, preprocessing),
    low: cropAndResize(photo, sizes.low, preprocessing),
  };
}

/** A crop of any size and place, in half of the cases mirrored. */
export function randomPair(
  photo: Pixels,
  sizes: PairSizes,
  preprocessing: Preprocessing,
  random: Random,
): ViewPair {
  // The same draws make the same crop.
  const seed = Math.floor(random() * 2 ** 32);
  const view = (size: number) =>
    randomView(photo, size, preprocessing, randomNumbers(seed));
  return { full: view(sizes.full), low: view(sizes.low) };
}
