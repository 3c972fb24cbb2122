/**
 * Limits above what any Inception-v3 needs: a file that asks for more is at fault.
 *
 * @module
 */
import { MIN_SIZE } from "../model/inception_options.ts";
import { asNumber, unexpected } from "./json.ts";

/** Bytes of a `model.json`, which has 250 KB, or of the names of 22,000 classes. */
export const MAX_JSON = 2 ** 21;

/** Bytes of all weights in f32, with an optimizer's state for each. */
export const MAX_WEIGHTS = 2 ** 29;

/** Dense layers before the last. */
export const MAX_HIDDEN = 16;

/** Side of the input in pixels: int8 takes 47 MiB then, and f32 twice that of 299. */
export const MAX_SIDE = 1024;

/** The side of a network's square input, in pixels, from a file. */
export function asSide(value: unknown, where: string): number {
  const side = asNumber(value, where);
  if (isSide(side)) return side;
  throw unexpected(where, `a whole number of ${MIN_SIZE}..${MAX_SIDE}`, value);
}

/** Whether a file may have an input of `side` pixels. */
export function isSide(side: number): boolean {
  return Number.isSafeInteger(side) && side >= MIN_SIZE && side <= MAX_SIDE;
}
