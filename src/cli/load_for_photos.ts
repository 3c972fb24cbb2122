import { loadTfjs } from "../backends/tfjs/load_tfjs.ts";
import { isAddress } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";

/**
 * Loads tfjs, which runs photos, before a model is downloaded. Without tfjs, the download
 * would be wasted.
 *
 * @throws {BackendUnavailableError} When tfjs can't be loaded.
 */
export async function loadForPhotos(source: string): Promise<void> {
  if (findKnownModel(source) || isAddress(source)) await loadTfjs("wasm");
}
