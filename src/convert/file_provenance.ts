import type { QuantizedNetwork } from "../model/mod.ts";
import { redactUrls } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";

/**
 * The source and the licence that a file states for its weights.
 *
 * @param source A known model's name stands for its address and its licence. Passwords
 * and queries of other addresses are left out.
 * @param license An SPDX identifier; a known model's own unless given, else
 * `"unknown"`.
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
