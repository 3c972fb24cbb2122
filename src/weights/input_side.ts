import { MIN_SIZE } from "../model/inception_v3.ts";
import { asNumber, unexpected } from "./json.ts";

/** A file can't ask for more than that: int8 activations then take 100 MB. */
const MAX_SIDE = 2048;

/**
 * The side of a network's square input, in pixels, as a file says it.
 *
 * @throws {CorruptWeightsError} When it isn't a whole number of 75..2048.
 */
export function asSide(value: unknown, where: string): number {
  const side = asNumber(value, where);
  if (Number.isSafeInteger(side) && side >= MIN_SIZE && side <= MAX_SIDE) {
    return side;
  }
  throw unexpected(where, `a whole number of ${MIN_SIZE}..${MAX_SIDE}`, value);
}
