import { resolve } from "node:path";
import { displaySource, fileName, isAddress } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";

/**
 * What a file that is passed on may state as its weights' source: of a path only the last
 * part, as folders may be private.
 */
export function sourceName(source: string): string {
  if (findKnownModel(source) !== undefined) return source;
  if (isAddress(source) && !/^file:/i.test(source)) {
    return displaySource(source);
  }
  return fileName(resolve(displaySource(source)));
}
