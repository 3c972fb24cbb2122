import type { QuantizedNetwork } from "../model/mod.ts";
import { redactUrls } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";

/**
 * The source and the licence that a file states for its weights, from `ConvertOptions`.
 * Passwords and queries in addresses are removed.
 */
export function fileProvenance(
  source = "unknown",
  license?: string,
): Pick<QuantizedNetwork, "source" | "license"> {
  const known = findKnownModel(source);
  return {
    source: known?.source ?? redactUrls(source),
    license: license ?? known?.license ?? "unknown",
  };
}
