import { ArgumentError } from "../errors.ts";
import { isQuantized, type QuantizedNetwork } from "../model/mod.ts";
import { shownSource } from "../address.ts";
import { loadNetwork } from "./load_network.ts";
import type { LoadNetworkOptions } from "./load_options.ts";
import { isNamed, type ModelSource } from "./model_source.ts";

/**
 * A network with int8 weights: a known model, or a Totem file at a path or an
 * address. Known models are converted when they are first used, with ranges that batch
 * norm's statistics set, and a store keeps them.
 *
 * @param source As for {@linkcode loadNetwork}.
 * @throws {ArgumentError} When the weights are f32: `convert` makes int8 of them.
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
  const name = isNamed(source) ? shownSource(source) : "the model";
  throw new ArgumentError(
    `Cannot load ${name} as int8 as its weights are f32: convert() and totem convert make int8 of them`,
  );
}
