import {
  applyOptions,
  assertLoadOptions,
  chosenStore,
  countBytes,
  type FileOptions,
  LOAD_NETWORK_OPTIONS,
  type LoadIntoOptions,
  type LoadNetworkOptions,
  readOptions,
  usableStore,
} from "./load_options.ts";
import type { Network } from "../model/network.ts";
import { ArgumentError, CorruptWeightsError } from "../errors.ts";
import { assertOptions } from "../argument.ts";
import { assertLittleEndian } from "../runtime/little_endian.ts";
import { displaySource, displayUrl } from "../io/address.ts";
import { findKnownModel, loadKnown } from "./known_models.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import type { OpenedModel } from "./open_model_source.ts";
import { isNamed, type ModelSource } from "./model_source.ts";
import {
  isWebAddress,
  type OpenedResource,
  openResource,
  resolveResource,
  TooLongError,
} from "./resource.ts";
import { readSafetensors } from "./safetensors/read.ts";
import { allocateData, parseTotemFile } from "./totem_file.ts";
import { isTotemFile } from "./totem_header.ts";
import { isQuantized, type QuantizedNetwork } from "../model/mod.ts";

/**
 * Loads a trained network from:
 *
 * - a known name: `nsfw`, `imagenet` and others, see {@linkcode KnownModel};
 * - the path or address of a Totem file (`.safetensors`);
 * - of a Keras file (`.h5`);
 * - of torchvision's or timm's weights (`.safetensors`);
 * - of a TFJS layers model: its `model.json`, or the folder that holds it;
 * - the bytes of a `.safetensors` or `.h5`, or a `Blob` of them, such as a `File`
 *   that was chosen in a page;
 * - the response that brings a `.safetensors`, for what no address reaches: an
 *   asset or an object of Cloudflare's, a part of a cache.
 *
 * A model without its classes' names may have a `classes.json` beside it, an array of
 * names or of `[id, name]`. Files must be regular ones, not pipes, which may never end; a
 * request to a silent server ends with an error. Downloads are kept in `options.store`.
 *
 * @throws {ArgumentError} When `source` or an option isn't valid.
 * @throws {UnknownModelError} When there is nothing of that name.
 * @throws {CorruptWeightsError} When it isn't a whole and sound Inception-v3.
 * @throws {BackendUnavailableError} On a big-endian machine.
 * @throws {AbortedError} When the signal fires.
 *
 * @example
 * ```ts
 * import { loadNetwork } from "@totem/inception/weights";
 * const network = await loadNetwork("nsfw");
 * console.log(network.labels); // ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"]
 * ```
 */
export async function loadNetwork(
  source: ModelSource,
  options: LoadNetworkOptions = {},
): Promise<Network> {
  assertOptions("load a model", options, LOAD_NETWORK_OPTIONS);
  assertLoadOptions(options);
  return await loadInto(source, options);
}

/** As {@linkcode loadNetwork}, with checked options, into memory that the caller gives. */
export async function loadInto(
  source: ModelSource,
  options: LoadIntoOptions,
): Promise<Network> {
  assertLittleEndian();
  if (!isNamed(source)) return await loadHeld(source, options);
  const known = typeof source === "string" ? findKnownModel(source) : undefined;
  if (known !== undefined) {
    if (options.precision !== "f32") {
      const { loadKnownQuantized } = await import("./known_quantized.ts");
      return await loadKnownQuantized(known.name, options);
    }
    const store = await chosenStore(options.store);
    return await loadKnown(known, { ...options, store });
  }
  const url = resolveResource(source);
  const store = isWebAddress(url) ? usableStore(options.store) : undefined;
  const files = store && (await import("./store/mod.ts")).latestFiles(store);
  try {
    return await loadFrom(url, { ...options, files });
  } catch (error) {
    const isCallers = error instanceof TooLongError &&
      options.maxBytes !== undefined;
    const isCorrupt = error instanceof CorruptWeightsError && !isCallers;
    if (isCorrupt && await files?.forget()) {
      // The kept file may have been damaged since.
      return await loadInto(source, { ...options, store: false });
    }
    const { withSource } = await foreign();
    throw await withSource(error, source, url);
  }
}

/** Loads the code for foreign formats, which a page seldom needs. */
const foreign = () => import("./importers.ts");

async function loadFrom(url: URL, options: FileOptions): Promise<Network> {
  switch (url.pathname.match(/\.\w+$/)?.[0].toLowerCase()) {
    case ".safetensors":
      return await loadFile(url, options);
    case ".h5":
    case ".hdf5":
      return await (await foreign()).loadKerasH5(url, options);
    default:
      return await (await foreign()).loadLayersModel(url, options);
  }
}

/** A model in memory, or a response. */
async function loadHeld(
  source: Exclude<ModelSource, string | URL>,
  options: LoadIntoOptions,
): Promise<Network> {
  const { openModelSource } = await import("./open_model_source.ts");
  const held = await openModelSource(source);
  if (held.hdf5 !== undefined) {
    const { importKerasH5 } = await foreign();
    const { labels, preprocessing } = options;
    return importKerasH5(held.hdf5, { labels, preprocessing });
  }
  try {
    return await loadSafetensors(held, options);
  } catch (error) {
    if (!(error instanceof CorruptWeightsError)) throw error;
    const { foreignModel } = await foreign();
    const what = foreignModel("model.safetensors", held.start);
    if (what === undefined) throw error;
    const text = `Cannot load the model: it is ${what}`;
    throw new CorruptWeightsError(text, { cause: error });
  }
}

async function loadFile(url: URL, options: FileOptions): Promise<Network> {
  const opened = await openResource(url, {
    ...readOptions(url, options),
    onBytes: countBytes(undefined, options.onProgress),
  });
  const { stream, size, file, isCounted } = opened;
  const source = { source: file ?? stream, size };
  return await loadSafetensors(source, { ...options, isCounted }, url);
}

async function loadSafetensors(
  { source, size }: OpenedModel,
  options: FileOptions & Pick<OpenedResource, "isCounted">,
  url?: URL,
): Promise<Network> {
  const { signal, onProgress, allocate } = options;
  let data: Uint8Array = new Uint8Array();
  const header = await readSafetensors(source, async (header) => {
    if (isTotemFile(header)) return data = await allocateData(header, allocate);
    if (header.dataLength <= MAX_WEIGHTS) {
      return data = new Uint8Array(header.dataLength);
    }
    throw new CorruptWeightsError(
      `Cannot read ${
        url === undefined ? "the model" : displayUrl(url)
      } as its tensors must have <= ${MAX_WEIGHTS} bytes: they have ${header.dataLength}`,
    );
  }, {
    size,
    signal,
    onBytes: options.isCounted ? undefined : countBytes(size, onProgress),
  });
  if (!isTotemFile(header)) {
    const { loadTorchvision } = await foreign();
    return await loadTorchvision(header, data, url, options);
  }
  return applyOptions(parseTotemFile(header, data), options);
}

/**
 * As {@linkcode loadNetwork}, with int8 weights: a known model, or a Totem file. A known
 * model is converted when it is first used, with ranges from batch norm's statistics, and
 * kept in a store.
 *
 * @throws {ArgumentError} When the weights are f32: `convert` makes them int8.
 * @throws As {@linkcode loadNetwork}.
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
