import { throwIfAborted } from "./async/abort.ts";
import type { Backend } from "./backends/backend.ts";
import {
  assertFunctions,
  assertOptions,
  type OptionNames,
  pickOptions,
} from "./argument.ts";
import { assertNetwork } from "./network_arguments.ts";
import {
  BACKEND_OPTIONS,
  type BackendRequest,
} from "./backends/backend_request.ts";
import {
  openNetwork,
  placeWeights,
  prepareBackend,
} from "./backends/select.ts";
import { type Classifier, createClassifier } from "./classifier.ts";
import { ArgumentError } from "./errors.ts";
import type { CropAndResize } from "./image/mod.ts";
import {
  type Graph,
  inceptionV3,
  modelMetadata,
  type Network,
  type Variant,
} from "./model/mod.ts";
import {
  assertLoadOptions,
  LOAD_NETWORK_OPTIONS,
  type LoadNetworkOptions,
} from "./weights/load_options.ts";
import { loadPlaced } from "./weights/load_network.ts";
import type { ModelSource } from "./weights/model_source.ts";

/** The network's input. */
export interface InputOptions {
  /**
   * How an image enters the network; as the model says unless given, and `"full"`,
   * 299 pixels, where it doesn't say.
   */
  readonly variant?: Variant | undefined;
  /**
   * Called once it is known how images enter the network, mostly before its weights
   * are there: meanwhile `preprocess` can make the input of the first image.
   *
   * @param size The side of the network's square input, in pixels.
   */
  readonly onInput?:
    | ((size: number, geometry: CropAndResize) => void)
    | undefined;
}

const LOAD_OPTIONS: OptionNames<
  LoadNetworkOptions & BackendRequest & InputOptions
> = {
  ...LOAD_NETWORK_OPTIONS,
  ...BACKEND_OPTIONS,
  variant: true,
  onInput: true,
};

/**
 * Loads a model into the first of the backends that fits the request.
 *
 * @param listBackends Called with that part of the options, when all are checked.
 */
export async function loadWith(
  listBackends: (request: BackendRequest) => readonly Backend[],
  source: ModelSource | Network,
  options: LoadNetworkOptions & BackendRequest & InputOptions,
): Promise<Classifier> {
  assertOptions("load a model", options, LOAD_OPTIONS);
  assertFunctions("load a model", options, ["onInput"]);
  const isNetwork = typeof (source as Network | null)?.weights === "function";
  if (isNetwork) assertNetwork("load a model", source);
  const { signal } = options;
  assertLoadOptions(options);
  if (isNetwork) assertNoOwnOptions(options);
  if (options.variant !== undefined) inceptionV3({ variant: options.variant });
  const request = pickOptions(options, BACKEND_OPTIONS);
  const backends = listBackends(request);
  prepareBackend(options, backends);
  let graph: Graph | undefined;
  const network = isNetwork
    ? source as Network
    : await loadPlaced(source as ModelSource, {
      async place({ architecture, variant, preprocessing }, byteLength) {
        graph = graphOf(architecture, options.variant ?? variant);
        const memory = await placeWeights(graph, byteLength, options, backends);
        options.onInput?.(
          graph.input[0],
          options.preprocessing ?? preprocessing,
        );
        return memory;
      },
      ...options,
    });
  if (graph === undefined) {
    graph = graphOf(network.architecture, options.variant ?? network.variant);
    options.onInput?.(graph.input[0], network.preprocessing);
  }
  throwIfAborted(signal);
  const opened = await openNetwork(network, graph, options, backends);
  const metadata = modelMetadata(network, options.variant);
  return createClassifier(network, graph, metadata, opened);
}

/** @throws {ArgumentError} When an option is for what a network has of its own. */
function assertNoOwnOptions(options: LoadNetworkOptions): void {
  for (const name of ["labels", "preprocessing"] as const) {
    if (options[name] === undefined) continue;
    throw new ArgumentError(
      `Cannot load a Network with the option ${name} as it has its own: give { ...network, ${name} }`,
    );
  }
}

function graphOf(
  architecture: Network["architecture"],
  variant: Variant = "full",
): Graph {
  return inceptionV3({ ...architecture, variant });
}
