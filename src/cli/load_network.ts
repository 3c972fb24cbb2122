import type { Network } from "../model/mod.ts";
import { assertFloat } from "../network_arguments.ts";
import { displaySource } from "../io/address.ts";
import type { FoundClasses } from "../weights/labels.ts";
import { loadNetwork as load } from "../weights/load_network.ts";
import type {
  LoadNetworkOptions,
  NetworkMetadata,
} from "../weights/load_options.ts";
import { withLabelsFile } from "./labels_error.ts";
import { startLoading } from "./start_loading.ts";
import type { Terminal } from "./terminal.ts";

type LoadedMetadata = Omit<NetworkMetadata, "labels">;

/**
 * Loads a network with a progress bar, and caches it.
 *
 * @param classes Unless given, the model's own.
 */
export async function loadNetwork(
  io: Terminal,
  source: string,
  options: LoadedMetadata & Pick<LoadNetworkOptions, "precision"> = {},
  classes?: FoundClasses,
): Promise<Network> {
  using loading = await startLoading(io, source, options.precision);
  const { store, onProgress } = loading;
  const named = classes && { labels: classes.labels };
  try {
    return await load(source, { ...options, ...named, store, onProgress });
  } catch (error) {
    throw withLabelsFile(error, classes?.labelsFrom);
  }
}

/**
 * Loads a network with f32 weights.
 *
 * @param action What to do with it: `"convert"`.
 * @param classes Unless given, the model's own.
 * @param metadata Other metadata that may be missing in its file.
 * @throws {ArgumentError} When its weights are int8.
 */
export async function loadFloat(
  io: Terminal,
  action: string,
  source: string,
  classes: FoundClasses | undefined,
  metadata: LoadedMetadata,
): Promise<Network> {
  const options = { ...metadata, precision: "f32" } as const;
  const network = await loadNetwork(io, source, options, classes);
  assertFloat(action, network, displaySource(source));
  const { classIds } = classes ?? {};
  return { ...network, ...classIds && { classIds } };
}
