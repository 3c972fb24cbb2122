import { MIN_SIZE } from "../model/inception_v3.ts";
import { asNumber, unexpected } from "./json.ts";

/**
 * A file can't ask for more than that: with it int8 takes 47 MiB, and f32 the double
 * of what it takes at 299.
 */
export const MAX_SIDE = 1024;

/**
 * The side of a network's square input, in pixels, as a file says it.
 *
 * @throws {CorruptWeightsError} When it isn't a whole number of 75..1024.
 */
export function asSide(value: unknown, where: string): number {
  const side = asNumber(value, where);
  if (isSide(side)) return side;
  throw unexpected(where, `a whole number of ${MIN_SIZE}..${MAX_SIDE}`, value);
}

/** Whether a file may have an input of `side` pixels. */
export function isSide(side: number): boolean {
  return Number.isSafeInteger(side) && side >= MIN_SIZE && side <= MAX_SIDE;
}
