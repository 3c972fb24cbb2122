/**
 * Limits above the needs of any Inception-v3. A file that exceeds one is invalid.
 *
 * @module
 */
import { MIN_SIZE } from "../model/inception_options.ts";
import { asNumber, unexpected } from "./json.ts";

/** Maximum size of a `model.json` (usually 250 KB) or of 22,000 class names, in bytes. */
export const MAX_JSON = 2 ** 21;

/** Maximum size of all weights, in bytes: f32 with the state of an optimizer. */
export const MAX_WEIGHTS = 2 ** 29;

/** Maximum number of dense layers before the last. */
export const MAX_HIDDEN = 16;

/** Maximum side of the input, in pixels: int8 then needs 47 MiB, f32 twice that of 299. */
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
