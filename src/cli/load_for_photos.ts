import { loadTfjs } from "../backends/tfjs/load_tfjs.ts";
import { isAddress } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";

/**
 * Loads tfjs, on which photos run, before a model that must be downloaded: where tfjs isn't
 * installed, the download would be for nothing.
 *
 * @throws {BackendUnavailableError} When tfjs can't be loaded.
 */
export async function loadForPhotos(source: string): Promise<void> {
  if (findKnownModel(source) || isAddress(source)) await loadTfjs("wasm");
}
