import { counted } from "../text/numbers.ts";

/** With fewer photos, a single close call makes agreement look bad. */
export const FEW = 10;

/** Whether a share of so few photos says little. */
export function isTooFew(photos: number): boolean {
  return photos < FEW;
}

/** The text for this: `2 photos are too few to judge by`. */
export function tooFew(photos: number): string {
  const are = photos === 1 ? "is" : "are";
  return `${counted(photos, "photo")} ${are} too few to judge by`;
}
