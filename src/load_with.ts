import type { Backend } from "./backends/backend.ts";
import {
  type BackendRequest,
  openNetwork,
  placeWeights,
  prepareBackend,
} from "./backends/select.ts";
import { Classifier } from "./classifier.ts";
import { AbortedError } from "./errors.ts";
import {
  type Graph,
  inceptionV3,
  type Network,
  type Variant,
} from "./model/mod.ts";
import {
  loadNetwork,
  type LoadNetworkOptions,
} from "./weights/load_network.ts";

/** Loads a model into the first of `backends` that fits the request. */
export async function loadWith(
  backends: readonly Backend[],
  source: string | URL | Response | Network,
  options: LoadNetworkOptions & BackendRequest & {
    readonly variant?: Variant | undefined;
  },
): Promise<Classifier> {
  const { variant = "full", signal } = options;
  prepareBackend(options, backends);
  let graph: Graph | undefined;
  const network = typeof source === "string" || source instanceof URL ||
      source instanceof Response
    ? await loadNetwork(source, {
      place(architecture, byteLength) {
        graph = inceptionV3({ ...architecture, variant });
        return placeWeights(graph, byteLength, options, backends);
      },
      ...options,
    })
    : source;
  graph ??= inceptionV3({ ...network.architecture, variant });
  if (signal?.aborted) throw new AbortedError(signal.reason);
  const opened = await openNetwork(network, graph, options, backends);
  return new Classifier(network, graph, opened);
}
