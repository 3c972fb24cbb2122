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
import { startSelection } from "./backends/select.ts";
import { type Classifier, createClassifier } from "./classifier.ts";
import { ArgumentError } from "./errors.ts";
import type { CropAndResize } from "./image/mod.ts";
import {
  type Graph,
  inceptionV3,
  isQuantized,
  modelMetadata,
  type Network,
  type Variant,
} from "./model/mod.ts";
import { networkGraph } from "./model/network_graph.ts";
import {
  assertLoadOptions,
  LOAD_NETWORK_OPTIONS,
  type LoadNetworkOptions,
} from "./weights/load_options.ts";
import { loadInto } from "./weights/load_network.ts";
import { withAnswers } from "./weights/answers.ts";
import { isNamed, type ModelSource } from "./weights/model_source.ts";
import { mergePreprocessing } from "./weights/origins.ts";

/** Options of the network's input. */
export interface InputOptions {
  /**
   * The network's input size. Unless given, the model's own, or `"full"` (299 pixels) if
   * the model doesn't state it.
   */
  readonly variant?: Variant | undefined;
  /**
   * Called as soon as the network's input is known, usually before the weights have been
   * loaded, so that `preprocess` can prepare the first image meanwhile.
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
 * Loads a model into the first backend that fits the request.
 *
 * The backend is chosen as soon as the graph is known, and the weights of a Totem file
 * are read directly into its memory.
 *
 * @param listBackends Called with the backend options, after all options are checked.
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
  assertLoadOptions(options);
  if (isNetwork) assertNoOwnOptions(options);
  const { variant, preprocessing, signal, onInput } = options;
  if (variant !== undefined) inceptionV3({ variant });
  const request = pickOptions(options, BACKEND_OPTIONS);
  const selection = startSelection(request, listBackends(request));
  try {
    // Before a download. Other sources are in memory or on their way.
    if (!isNetwork && isNamed(source as ModelSource)) {
      await selection.assertAny();
    }
    let graph: Graph | undefined;
    const network = isNetwork
      ? source as Network
      : await loadInto(source as ModelSource, {
        ...options,
        async allocate(metadata, byteLength) {
          const { architecture } = withAnswers(metadata.architecture, {
            activation: options.activation,
          });
          graph = networkGraph({ ...metadata, architecture }, variant);
          const memory = await selection.allocate(graph, byteLength);
          const own = metadata.preprocessing;
          const merged = mergePreprocessing(preprocessing, own, own);
          onInput?.(graph.input[0], merged.preprocessing);
          return memory;
        },
      });
    // If a damaged Totem file was downloaded again, its weights may be different.
    if (graph === undefined || !isQuantized(network)) {
      graph = networkGraph(network, variant);
      onInput?.(graph.input[0], network.preprocessing);
    }
    throwIfAborted(signal);
    const opened = await selection.open(network, graph);
    const metadata = modelMetadata(network, variant);
    return createClassifier(network, graph, metadata, opened);
  } finally {
    selection[Symbol.dispose]();
  }
}

function assertNoOwnOptions(options: LoadNetworkOptions): void {
  for (const name of ["labels", "preprocessing"] as const) {
    if (options[name] === undefined) continue;
    throw new ArgumentError(
      `Cannot load a Network with the option ${name} as it has its own: give { ...network, ${name} }`,
    );
  }
  if (options.stateDict !== undefined) {
    throw new ArgumentError(
      "Cannot load a Network with the option stateDict as only a PyTorch file can have several",
    );
  }
  for (const name of ["activation", "pooling", "pools"] as const) {
    if (options[name] === undefined) continue;
    const fields = name === "pools" ? "countIncludePad, lastPool" : name;
    throw new ArgumentError(
      `Cannot load a Network with the option ${name} as it has its own: give { ...network, architecture: { ...network.architecture, ${fields} } }`,
    );
  }
}
