import { applyOptions } from "./apply_options.ts";
import {
  assertLoadOptions,
  chosenStore,
  countBytes,
  type FileOptions,
  LOAD_NETWORK_OPTIONS,
  type LoadIntoOptions,
  type LoadNetworkOptions,
  usableStore,
} from "./load_options.ts";
import type { Network } from "../model/network.ts";
import { ArgumentError, CorruptWeightsError } from "../errors.ts";
import { assertOptions } from "../argument.ts";
import { assertLittleEndian } from "../runtime/little_endian.ts";
import { displaySource, fileName } from "../io/address.ts";
import { findKnownModel, loadKnown } from "./known_models.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import { MODEL_FILES } from "./model_endings.ts";
import { openAt, type OpenedModel, openHeld } from "./opened_model.ts";
import { isNamed, type ModelSource } from "./model_source.ts";
import { readLabels } from "./read_labels.ts";
import { isWebAddress, resolveResource, TooLongError } from "./resource.ts";
import { areMadeUp } from "./labels.ts";
import { isSafetensors } from "./safetensors/header.ts";
import { readSafetensors } from "./safetensors/read.ts";
import { allocateData, parseTotemFile } from "./totem_file.ts";
import { isTotemFile } from "./totem_header.ts";
import { isQuantized, type QuantizedNetwork } from "../model/mod.ts";
import { BYTES } from "../model/quantized_network.ts";

/**
 * Loads a trained network from:
 *
 * - a known name, such as `nsfw` or `imagenet`: see {@linkcode KNOWN_MODELS};
 * - the path or URL of a model's file, or of its folder;
 * - the bytes of such a file, or a `Blob` of them, such as a `File` that was chosen in a
 *   page;
 * - a `Response` with such a file, for example an asset of a Cloudflare Worker or an
 *   entry of a cache.
 *
 * A file can be Totem's own or one of Keras, PyTorch, ONNX, TensorFlow or TFLite: see
 * `docs/formats.md`. The format is recognised by the first bytes, not by the name.
 *
 * A model without class names may have a `classes.json` next to it: an array of names
 * or of `[id, name]`. Files must be regular files, not pipes, which may never end. A
 * request to a server that stays silent ends with an error. Downloads are kept in
 * `options.store`.
 *
 * @throws {ArgumentError} When `source` or an option isn't valid.
 * @throws {UnknownModelError} When there is no such model, or it can't be downloaded.
 * @throws {CorruptWeightsError} When it isn't a complete and valid Inception-v3.
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

/** Like {@linkcode loadNetwork}, with checked options, into memory from the caller. */
export async function loadInto(
  source: ModelSource,
  options: LoadIntoOptions,
): Promise<Network> {
  const { scale, offset, ...geometry } = options.preprocessing ?? {};
  // Compared by identity: an int8 network's own preprocessing has these very arrays. The same
  // numbers from elsewhere are a request for that scale.
  if (scale !== BYTES.scale || offset !== BYTES.offset) {
    return await loadFrom(source, options);
  }
  const asked = { ...options, preprocessing: geometry };
  const network = await loadFrom(source, asked);
  if (isQuantized(network)) return network;
  throw new ArgumentError(
    "Cannot load f32 weights with the scale of an int8 network, whose weights are for bytes: give that of its metadata (modelMetadata(network).pixels.value)",
  );
}

async function loadFrom(
  source: ModelSource,
  options: LoadIntoOptions,
): Promise<Network> {
  assertLittleEndian();
  if (!isNamed(source)) return await loadHeld(source, options);
  const known = typeof source === "string" ? findKnownModel(source) : undefined;
  if (known !== undefined) {
    if (options.precision !== "f32") {
      const { loadKnownQuantized } = await import("./known_quantized.ts");
      return await loadKnownQuantized(source as string, options);
    }
    const store = await chosenStore(options.store);
    return await loadKnown(known, { ...options, store });
  }
  const url = resolveResource(source);
  const store = isWebAddress(url) ? usableStore(options.store) : undefined;
  const files = store && (await import("./store/mod.ts")).latestFiles(store);
  let opened: OpenedModel | undefined;
  try {
    const asked = { ...options, files };
    opened = await openAt(url, asked);
    return await loadOpened(opened, asked);
  } catch (error) {
    const isCallers = error instanceof TooLongError &&
      options.maxBytes !== undefined;
    const isCorrupt = error instanceof CorruptWeightsError && !isCallers;
    if (isCorrupt && await files?.forget()) {
      // The cached file may have been damaged since; download it instead.
      return await loadFrom(source, { ...options, store: false });
    }
    const { withSource } = await foreign();
    const file = opened?.url ?? url;
    throw await withSource(error, fileOf(source, url, file), file);
  }
}

/** The model's file, as the caller would name it: `source` may be its folder. */
function fileOf(source: string | URL, url: URL, file: URL): string | URL {
  if (file.href === url.href) return source;
  return typeof source !== "string" || isWebAddress(url)
    ? file
    : `${source.replace(/[/\\]+$/, "")}/${fileName(file.href)}`;
}

/** Loads the code for foreign formats, which a page rarely needs. */
const foreign = () => import("./importers.ts");

/** Loads a model, with the format recognized by its first bytes. */
async function loadOpened(
  opened: OpenedModel,
  options: FileOptions,
): Promise<Network> {
  const { name, start } = opened;
  if (isSafetensors(start)) return await loadSafetensors(opened, options);
  const { loadForeign } = await foreign();
  const network = await loadForeign(opened, options);
  // A file in no known format may be damaged safetensors.
  const isUnnamed = name === undefined || /\.safetensors$/i.test(name);
  if (network === undefined && isUnnamed) {
    return await loadSafetensors(opened, options);
  }
  if (network !== undefined) return network;
  await opened.source.close();
  throw new CorruptWeightsError(
    `it is not a model's file. Should be ${MODEL_FILES}`,
  );
}

/** Loads a model from memory or from a response. */
async function loadHeld(
  source: Exclude<ModelSource, string | URL>,
  options: LoadIntoOptions,
): Promise<Network> {
  const opened = await openHeld(source, options.signal);
  try {
    return await loadOpened(opened, options);
  } catch (error) {
    if (!(error instanceof CorruptWeightsError)) throw error;
    const { named } = await foreign();
    throw named(error, opened.name);
  }
}

async function loadSafetensors(
  { source, size, isCounted, url, name }: OpenedModel,
  options: FileOptions,
): Promise<Network> {
  const { signal, onProgress, allocate } = options;
  let data: Uint8Array = new Uint8Array();
  const header = await readSafetensors(source, async (header) => {
    if (isTotemFile(header)) return data = await allocateData(header, allocate);
    if (header.dataLength <= MAX_WEIGHTS) {
      return data = new Uint8Array(header.dataLength);
    }
    throw new CorruptWeightsError(
      `Cannot read the file as its tensors must have <= ${MAX_WEIGHTS} bytes: they have ${header.dataLength}`,
    );
  }, {
    size,
    signal,
    onBytes: isCounted ? undefined : countBytes(size, onProgress),
  });
  if (!isTotemFile(header)) {
    const { loadTorchvision } = await foreign();
    return await loadTorchvision(header, data, url, options);
  }
  const network = parseTotemFile(header, data);
  // Only for local files: if an address is signed, other addresses are forbidden.
  const mayHaveNames = url?.protocol === "file:" &&
    areMadeUp(network.labels) && network.labels.length > 0;
  const beside = mayHaveNames ? await readLabels(url, options) : undefined;
  return applyOptions(network, options, name, beside);
}

/**
 * Loads a network with int8 weights: a known model or a Totem file. A known model is
 * converted when it is first used, with ranges from the statistics of batch norm, and
 * kept in a store. Otherwise like {@linkcode loadNetwork}.
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
