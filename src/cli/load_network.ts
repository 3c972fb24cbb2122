import type { Network } from "../model/mod.ts";
import { assertFloat } from "../network_arguments.ts";
import { displaySource } from "../io/address.ts";
import type { NamedClasses } from "../weights/labels.ts";
import { loadNetwork as load } from "../weights/load_network.ts";
import type {
  LoadNetworkOptions,
  NetworkMetadata,
} from "../weights/load_options.ts";
import { startLoading } from "./start_loading.ts";
import type { Terminal } from "./terminal.ts";

/** Loads a network, with a progress bar and from the store. */
export async function loadNetwork(
  io: Terminal,
  source: string,
  options: NetworkMetadata & Pick<LoadNetworkOptions, "precision"> = {},
): Promise<Network> {
  using loading = await startLoading(io, source, options.precision);
  const { store, onProgress } = loading;
  return await load(source, { ...options, store, onProgress });
}

/**
 * Loads a network with f32 weights.
 *
 * @param action What is to be done with it: `"convert"`.
 * @param classes Unless given, those that the model says.
 * @param metadata What else its file may not say.
 * @throws {ArgumentError} When its weights are int8.
 */
export async function loadFloat(
  io: Terminal,
  action: string,
  source: string,
  classes: NamedClasses | undefined,
  metadata: Omit<NetworkMetadata, "labels">,
): Promise<Network> {
  const network = await loadNetwork(io, source, {
    ...metadata,
    precision: "f32",
    ...classes && { labels: classes.labels },
  });
  assertFloat(action, network, displaySource(source));
  return { ...network, ...classes };
}
