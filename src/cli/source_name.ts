import { resolve } from "node:path";
import { displaySource, fileName, isAddress } from "../io/address.ts";
import { didYouMean } from "../text/did_you_mean.ts";
import { findKnownModel, knownNames } from "../weights/known_models.ts";
import { UsageError } from "./options.ts";

/**
 * The source of weights as stated in files to be shared. Of a path, it keeps only the
 * last part, as folder names may be private.
 */
export function sourceName(source: string): string {
  if (findKnownModel(source) !== undefined) return source;
  if (isAddress(source) && !/^file:/i.test(source)) {
    return displaySource(source);
  }
  return fileName(resolve(displaySource(source)));
}

/** The error for a name that is neither an address nor known, with suggestions. */
export function unknownModel(source: string): UsageError {
  const names = knownNames();
  return new UsageError(
    `Unknown model "${source}"${
      didYouMean(source, names) ||
      `. Should be an address or one of: ${names.join(", ")}`
    }`,
  );
}
