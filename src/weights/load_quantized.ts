import { ArgumentError } from "../errors.ts";
import { isQuantized, type QuantizedNetwork } from "../model/mod.ts";
import { displaySource } from "../io/address.ts";
import { loadNetwork } from "./load_network.ts";
import type { LoadNetworkOptions } from "./load_options.ts";
import { isNamed, type ModelSource } from "./model_source.ts";

/**
 * Loads a network with int8 weights: a known model, or a Totem file. A known model is
 * converted when it is first used, with ranges from batch norm's statistics, and kept in a
 * store.
 *
 * @param source As for {@linkcode loadNetwork}.
 * @throws {ArgumentError} When the weights are f32: `convert` makes them int8.
 * @throws As {@linkcode loadNetwork}.
 *
 * @example
 * ```ts
 * import { loadQuantized } from "@totem/inception/weights";
 *
 * const network = await loadQuantized("parts.safetensors");
 * console.log(network.calibration, network.license);
 * ```
 */
export async function loadQuantized(
  source: ModelSource,
  options: LoadNetworkOptions = {},
): Promise<QuantizedNetwork> {
  const network = await loadNetwork(source, options);
  if (isQuantized(network)) return network;
  const name = isNamed(source) ? displaySource(source) : "the model";
  throw new ArgumentError(
    `Cannot load ${name} as int8 as its weights are f32: convert() and totem convert make int8 of them`,
  );
}
