import {
  assertArgument,
  assertChoice,
  assertFunctions,
  assertLabels,
  assertSignal,
  displayValue,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { assertPartialPreprocessing } from "../network_arguments.ts";
import type { Preprocessing } from "../model/network.ts";
import type { Store } from "./store/store.ts";
import type { AllocateWeights } from "./totem_file.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import {
  isWebAddress,
  type OpenOptions,
  type ReadOptions,
} from "./resource.ts";
import { ArgumentError } from "../errors.ts";
import { hasWebCrypto } from "../runtime/web_crypto.ts";
import {
  type AnswerActivation,
  END_CHOICES,
} from "../model/inception_options.ts";
import { POOL_RULES, type PoolRule } from "../model/model_metadata.ts";

/** Facts about a model that its file may not contain. */
export interface NetworkMetadata {
  /**
   * The names of the classes. Unless given, the model's own, or `class 0`, `class 1`,
   * and so on.
   */
  readonly labels?: readonly string[] | undefined;
  /**
   * How images are preprocessed for the network. Parts that aren't given are the
   * model's own or, if the model doesn't say, those of the library that wrote the file.
   * For Keras these are
   * `{ crop: { kind: "center", fraction: 1 }, resize: "antialiased" }` and bytes of
   * 0..255 as -1..1. `scale` and `offset` must be given together, and can't be changed
   * for an int8 model: it accepts its own, or the `preprocessing` of an int8 network.
   */
  readonly preprocessing?: Partial<Preprocessing> | undefined;
  /**
   * How logits become outputs: `"softmax"` for one class per image, `"sigmoid"` for any
   * number of labels, or `"none"`. Unless given, the model's own, or softmax if the
   * model doesn't say. A sigmoid of one output can have two `labels`: its probability
   * is that of the second.
   */
  readonly activation?: AnswerActivation | undefined;
  /**
   * How the last activations become features. Unless given, the model's own, or
   * `"mean"` if the model doesn't say. It can't be changed for a Totem file.
   */
  readonly pooling?: "mean" | "max" | undefined;
  /**
   * How average pools in the blocks treat padding, which PyTorch's tensors don't show:
   * `"fid"` for the weights of the Fréchet inception distance, whose crop and resize are
   * then those of pytorch-fid, unless the file or `preprocessing` has others. Unless
   * given, the model's own, or that of the library that wrote the file. It can't be
   * changed for a Totem file or a known model.
   */
  readonly pools?: PoolRule | undefined;
  /**
   * The network to load from a PyTorch file that has several, such as `"model_ema"`:
   * the key of its state dict, or the prefix of its tensors' names.
   */
  readonly stateDict?: string | undefined;
}

/** Options of an importer. */
export interface ImportOptions extends NetworkMetadata {
  /** Called as bytes arrive, with the number of bytes so far and in total. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Options of loading a known model. */
export interface KnownModelOptions extends ImportOptions {
  /** Aborts the loading. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A download fails after this many ms without data; 30,000 unless given. It doesn't
   * apply to a `Response` that you pass.
   */
  readonly maxSilence?: number | undefined;
  /** The store that keeps downloads; none unless given. */
  readonly store?: Store | undefined;
}

/** Options of `loadNetwork`. */
export interface LoadNetworkOptions extends Omit<KnownModelOptions, "store"> {
  /**
   * The store that keeps models: known models as int8, those at URLs unchanged.
   *
   * Unless given, known models are kept in Deno and Node, in the folder that the
   * command line uses (`$TOTEM_CACHE`, or one in the system's folder for caches), if
   * permissions allow it. Elsewhere, and with `false`, nothing is kept: known models
   * are converted each time, in a second or two.
   *
   * For a kept file from a URL, the server is asked whether it has changed, if it sent
   * an ETag or a date. If that fails, the kept file is used with a warning.
   */
  readonly store?: Store | false | undefined;
  /**
   * The maximum size in bytes of each file at a URL; 512 MiB unless given. A longer
   * file is an error, and isn't downloaded to its end.
   */
  readonly maxBytes?: number | undefined;
  /**
   * The number format of the computation: `"int8"`, `"f32"`, or `"auto"`, the default:
   * int8 if the weights and this machine allow it, otherwise f32. Known models are
   * loaded as int8, or with `"f32"` as they were published.
   */
  readonly precision?: "int8" | "f32" | "auto" | undefined;
}

export const NETWORK_METADATA: OptionNames<NetworkMetadata> = {
  labels: true,
  preprocessing: true,
  activation: true,
  pooling: true,
  pools: true,
  stateDict: true,
};

export const IMPORT_OPTIONS: OptionNames<ImportOptions> = {
  ...NETWORK_METADATA,
  onProgress: true,
};

export const LOAD_NETWORK_OPTIONS: OptionNames<LoadNetworkOptions> = {
  ...IMPORT_OPTIONS,
  precision: true,
  store: true,
  maxBytes: true,
  signal: true,
  maxSilence: true,
};

/** Options for loading a network into memory from the caller. */
export interface LoadIntoOptions extends LoadNetworkOptions {
  /** Called for a Totem file. By default, its weights get a new array. */
  readonly allocate?: AllocateWeights | undefined;
}

const CANNOT = "load a model";

/** Checks the values of options. Their names are already checked. */
export function assertLoadOptions(options: LoadNetworkOptions): void {
  const { labels, maxBytes, maxSilence, precision, preprocessing, store } =
    options;
  assertChoice(CANNOT, "precision", precision, ["int8", "f32", "auto"]);
  assertChoice(
    CANNOT,
    "activation",
    options.activation,
    END_CHOICES.activation,
  );
  assertChoice(CANNOT, "pooling", options.pooling, ["mean", "max"]);
  assertChoice(CANNOT, "pools", options.pools, POOL_RULES);
  const { stateDict } = options;
  assertArgument(
    stateDict === undefined || typeof stateDict === "string",
    `${CANNOT} as stateDict must be a string`,
    stateDict,
  );
  assertSignal(CANNOT, options.signal);
  assertArgument(
    maxSilence === undefined || isNumber(maxSilence, (it) => it > 0),
    `${CANNOT} as maxSilence must be a number of ms > 0`,
    maxSilence,
  );
  assertArgument(
    maxBytes === undefined || isNumber(maxBytes, (it) => it >= 1),
    `${CANNOT} as maxBytes must be a number >= 1`,
    maxBytes,
  );
  if (labels !== undefined) assertLabels(CANNOT, labels);
  assertArgument(
    store === undefined || store === false ||
      typeof store?.get === "function",
    `${CANNOT} as store must be what fileStore(folder) or cacheApiStore() gives, or false`,
    store,
  );
  assertFunctions(CANNOT, options, ["onProgress"]);
  if (preprocessing !== undefined) {
    assertPartialPreprocessing(CANNOT, preprocessing);
  }
}

/** The given store; `undefined` if it is `false` or hashing isn't available. */
export function usableStore(
  store: LoadNetworkOptions["store"],
): Store | undefined {
  return store && hasWebCrypto() ? store : undefined;
}

/** The store of known models. The default's code is loaded only when it is needed. */
export async function chosenStore(
  store: LoadNetworkOptions["store"],
): Promise<Store | undefined> {
  if (store !== undefined) return usableStore(store);
  const { defaultStore } = await import("./store/mod.ts");
  return await defaultStore();
}

/** Options for loading a network from files that may be cached. */
export type FileOptions = LoadIntoOptions & Pick<OpenOptions, "files">;

/** Options for reading a file of the model at `url`, with its maximum size. */
export function readOptions(
  url: URL,
  { signal, maxSilence, files, maxBytes = MAX_WEIGHTS }: FileOptions,
): ReadOptions {
  const limit = isWebAddress(url)
    ? Math.min(maxBytes, MAX_WEIGHTS)
    : MAX_WEIGHTS;
  return { signal, maxSilence, files, limit };
}

/** Sums the bytes of each chunk for `onProgress`. `size` is the total, if known. */
export function countBytes(
  size: number | undefined,
  onProgress: LoadNetworkOptions["onProgress"],
): (count: number, size?: number) => void {
  let done = 0;
  return (count, total = size) => onProgress?.(done += count, total ?? done);
}

/** The error about a `stateDict` for a file that can't have several. */
export function noStateDicts(model: string, asked: string): ArgumentError {
  return new ArgumentError(
    `Cannot load the state dict ${
      displayValue(asked)
    } of ${model} as only a PyTorch file can have several`,
  );
}
