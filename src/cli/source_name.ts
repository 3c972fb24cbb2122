import { resolve } from "node:path";
import { displaySource, fileName, isAddress } from "../io/address.ts";
import { didYouMean } from "../text/did_you_mean.ts";
import { findKnownModel, knownNames } from "../weights/known_models.ts";
import { UsageError } from "./options.ts";

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

/** The error of a name that is neither an address nor known, with what was meant. */
export function unknownModel(source: string): UsageError {
  const names = knownNames();
  return new UsageError(
    `Unknown model "${source}"${
      didYouMean(source, names) ||
      `. Should be an address or one of: ${names.join(", ")}`
    }`,
  );
}
