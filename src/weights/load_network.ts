/**
 * Where networks come from: a known name, or a file or address somewhere.
 *
 * @module
 */
import type { Network } from "../model/network.ts";
import { inceptionV3 } from "../model/inception_v3.ts";
import type { PixelScale } from "../model/model_facts.ts";
import type { QuantizedNetwork } from "../model/quantized_network.ts";
import {
  AbortedError,
  ArgumentError,
  CorruptWeightsError,
  UnknownModelError,
} from "../errors.ts";
import { expectLittleEndian } from "../little_endian.ts";
import { shownPlace, shownSource } from "./address.ts";
import { parseJson } from "./json.ts";
import { KNOWN_MODELS, type KnownModelOptions } from "./known_models.ts";
import { labelClasses, parseLabels } from "./labels.ts";
import { MAX_JSON, MAX_WEIGHTS } from "./limits.ts";
import { expectLoadOptions } from "./load_options.ts";
import { asKnown } from "./origins.ts";
import { calibrateByBatchNorm } from "./quantize/data_free.ts";
import { TRAINED } from "./trained_facts.ts";
import { BYTES, quantizeNetwork } from "./quantize/quantize_network.ts";
import {
  NothingThereError,
  type OpenedResource,
  openResource,
  openResponse,
  readResource,
  resolveResource,
} from "./resource.ts";
import { readSafetensors } from "./safetensors/read.ts";
import type { StoredFile } from "./store/content.ts";
import type { Store } from "./store/store.ts";
import {
  isTotemFile,
  networkOf,
  placeNetwork,
  type PlaceWeights,
  readNetwork,
  writeNetwork,
} from "./totem_file.ts";

/** How a network is loaded. */
export interface LoadNetworkOptions extends KnownModelOptions {
  /**
   * Where known models are kept, as int8: they are converted when they are first
   * used. Without a store they are converted each time, in a second or two.
   */
  readonly store?: Store | undefined;
  /**
   * `"f32"` loads known models as they were published, even with a store.
   */
  readonly precision?: "int8" | "f32" | "auto" | undefined;
  /**
   * Gives the memory for the data of a Totem file, as `readSafetensors` says it;
   * an array of its own unless given.
   */
  readonly place?: PlaceWeights | undefined;
}

/**
 * A trained network, on its way from `source` into memory:
 *
 * - a name of {@linkcode KNOWN_MODELS};
 * - the path or address of a Totem file (`.safetensors`);
 * - of a Keras file (`.h5`);
 * - of torchvision's or timm's weights (`.safetensors`);
 * - of a TFJS layers model: its `model.json`, or the folder that holds it;
 * - the response that brings a `.safetensors`, for what no address reaches: an
 *   asset or an object of Cloudflare's, a part of a cache.
 *
 * A `classes.json` beside a model that doesn't bring its classes' names has them,
 * as an array of names or of `[id, name]`. Files must be regular ones, not pipes,
 * which may never end; a server that is silent is given up.
 *
 * @throws {ArgumentError} When `source` or an option is none that is taken.
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
  source: string | URL | Response,
  options: LoadNetworkOptions = {},
): Promise<Network> {
  expectLittleEndian();
  expectLoadOptions(options);
  if (source instanceof Response) {
    return await loadSafetensors(await openResponse(source), options);
  }
  if (typeof source === "string" && Object.hasOwn(KNOWN_MODELS, source)) {
    return options.precision === "f32"
      ? await KNOWN_MODELS[source]!.load(options)
      : await loadQuantized(source, options);
  }
  const url = resolveResource(source);
  try {
    switch (url.pathname.match(/\.\w+$/)?.[0].toLowerCase()) {
      case ".safetensors":
        return await loadSafetensors(
          await openResource(url, options),
          options,
          url,
        );
      case ".h5":
      case ".hdf5":
        return await loadKerasH5(url, options);
      default:
        return await loadLayersModel(url, options);
    }
  } catch (error) {
    throw await withSource(error, source, url);
  }
}

/** An error of a file, with what is known of the file. */
async function withSource(
  error: unknown,
  source: string | URL,
  url: URL,
): Promise<unknown> {
  const isUnknown = error instanceof UnknownModelError;
  if (!isUnknown && !(error instanceof CorruptWeightsError)) return error;
  // A path as it was given; relative to a page, it may have a query.
  const name = shownSource(url.protocol === "file:" ? source : url);
  const isAbsent = error instanceof NothingThereError;
  const { foreignModelAt } = await import("./foreign_model.ts");
  const what = isAbsent || !isUnknown ? await foreignModelAt(url) : undefined;
  const text = `Cannot load the model "${name}": ${
    what === undefined ? error.message : `it is ${what}`
  }`;
  if (!isUnknown) return new CorruptWeightsError(text, { cause: error });
  const names = Object.keys(KNOWN_MODELS).join(", ");
  const known =
    `. Should be a known name (${names}) or the path or address of a .safetensors, .h5 or model.json`;
  return new UnknownModelError(isAbsent ? text + known : text, {
    cause: error,
  });
}

/**
 * A known model with int8 weights, from the store, or converted and stored in it.
 *
 * Its ranges are set by batch norm's statistics, as there are no photos.
 *
 * @param name A name of {@linkcode KNOWN_MODELS}.
 * @throws {UnknownModelError} When it isn't known, or not to be had.
 */
export async function loadQuantized(
  name: string,
  options: LoadNetworkOptions = {},
): Promise<QuantizedNetwork> {
  expectLoadOptions(options);
  const { store, signal, onProgress, preprocessing } = options;
  const reference = referenceOf(name);
  const model = KNOWN_MODELS[name]!;
  const make = async () => {
    const loaded = { store, signal, onProgress, preprocessing };
    const network = await model.load(loaded);
    const graph = inceptionV3(network.architecture);
    const calibration = calibrateByBatchNorm(network, graph);
    if (signal?.aborted) throw new AbortedError(signal.reason);
    return quantizeNetwork(network, calibration, model);
  };
  // The store has the model's own, and how bytes become values is in the weights.
  if (store === undefined || preprocessing !== undefined) {
    return adjusted(await make(), options);
  }

  const read = async (file: StoredFile) =>
    adjusted(
      // A file that an earlier version kept may not say all of it.
      asKnown(
        await readNetwork(await file.open?.() ?? file.stream(), {
          size: file.size,
          signal,
          place: options.place,
          onBytes: countBytes(file.size, onProgress),
        }),
      ),
      options,
    );
  const kept = await store.get(reference);
  if (kept !== undefined) {
    try {
      return await read(kept);
    } catch (error) {
      if (!(error instanceof CorruptWeightsError)) throw error;
      // What was damaged is made anew; the caller's own fault is so again.
      await store.remove(reference).catch(() => {});
    }
  }
  const { stream } = writeNetwork(await make());
  return await read(await store.put(reference, stream));
}

/** What a known model's int8 file is called in a store. */
export function referenceOf(name: string): string {
  const model = Object.hasOwn(KNOWN_MODELS, name) ? KNOWN_MODELS[name] : null;
  if (model) return `${name} int8 format 1 ${model.source}`;
  throw new UnknownModelError(
    `Unknown model "${name}". Should be one of: ${
      Object.keys(KNOWN_MODELS).join(", ")
    }. A file is read by loadNetwork()`,
  );
}

async function loadSafetensors(
  { stream, size, file }: OpenedResource,
  options: LoadNetworkOptions,
  url?: URL,
): Promise<Network> {
  const { signal, onProgress, place } = options;
  let data: Uint8Array = new Uint8Array();
  const header = await readSafetensors(file ?? stream, async (header) => {
    if (isTotemFile(header)) return data = await placeNetwork(header, place);
    if (header.dataLength <= MAX_WEIGHTS) {
      return data = new Uint8Array(header.dataLength);
    }
    throw new CorruptWeightsError(
      `Cannot read ${
        url === undefined ? "the response" : shownPlace(url)
      } as its tensors must have <= ${MAX_WEIGHTS} bytes: they have ${header.dataLength}`,
    );
  }, {
    size,
    signal,
    onBytes: countBytes(size, onProgress),
  });
  if (!isTotemFile(header)) {
    const says = header.metadata.has(TRAINED); // Its labels, too.
    const labels = url && !says && await labelsFor(url, options);
    const { importTorchvision } = await import("./torchvision.ts");
    return importTorchvision(header, data, { ...options, ...labels });
  }
  return adjusted(networkOf(header, data), options);
}

/** From the bytes of each part to those of all that are there, and their total. */
function countBytes(
  size: number | undefined,
  onProgress: LoadNetworkOptions["onProgress"],
): (count: number) => void {
  let done = 0;
  return (count) => onProgress?.(done += count, size ?? done);
}

/**
 * An int8 network with the labels, crop and resize that are asked for.
 *
 * @throws {ArgumentError} When another scale or offset is: they are in the weights.
 */
function adjusted(
  network: QuantizedNetwork,
  { labels = network.labels, preprocessing }: LoadNetworkOptions,
): QuantizedNetwork {
  const { crop, resize } = preprocessing ?? network.preprocessing;
  const { origins, folded } = network;
  if (preprocessing !== undefined && folded !== undefined) {
    expectScale(preprocessing, folded);
  }
  return {
    ...network,
    origins: preprocessing === undefined
      ? origins
      : { ...origins, crop: "option", resize: "option" },
    labels: labelClasses(network.labels.length, labels),
    // How bytes become values is in the weights.
    preprocessing: { ...network.preprocessing, crop, resize },
  };
}

function expectScale(asked: PixelScale, own: PixelScale): void {
  const text = ({ scale, offset }: PixelScale) =>
    `scale [${scale}] and offset [${offset}]`;
  // Bytes as they are is what the network says of itself.
  if ([text(own), text(BYTES)].includes(text(asked))) return;
  throw new ArgumentError(
    `Cannot load the int8 model with ${text(asked)} as its weights are for ${
      text(own)
    }: convert it anew`,
  );
}

async function loadKerasH5(
  url: URL,
  options: LoadNetworkOptions,
): Promise<Network> {
  const { signal, maxSilence, onProgress } = options;
  let done = 0;
  const bytes = await readResource(url, {
    limit: MAX_WEIGHTS,
    signal,
    maxSilence,
    onBytes: (count, size) => onProgress?.(done += count, size ?? done),
  });
  const { importKerasH5 } = await import("./keras_h5.ts");
  return importKerasH5(bytes, {
    ...options,
    ...await labelsFor(url, options),
  });
}

async function loadLayersModel(
  url: URL,
  options: LoadNetworkOptions,
): Promise<Network> {
  const { signal, maxSilence } = options;
  if (!url.pathname.endsWith(".json")) {
    url = new URL(url);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/model.json`;
  }
  const modelJson = await readJson(url, options);
  const { importLayersModel } = await import("./tfjs_layers.ts");
  return await importLayersModel(
    modelJson,
    (name, limit, onBytes) =>
      readResource(besideOf(url, name), { limit, signal, maxSilence, onBytes }),
    { ...options, ...await labelsFor(url, options) },
  );
}

/** The labels that are given, or those in `classes.json` beside the model. */
async function labelsFor(
  url: URL,
  options: LoadNetworkOptions,
): Promise<{ readonly labels?: readonly string[] }> {
  const { labels } = options;
  if (labels !== undefined) return { labels };
  const beside = besideOf(url, "classes.json");
  let json: unknown;
  try {
    json = await readJson(beside, options);
  } catch (error) {
    if (error instanceof NothingThereError) return {};
    throw error;
  }
  return { labels: parseLabels(json, shownPlace(beside)) };
}

/**
 * A file in the same folder. As tfjs does, it is asked for with the model's query,
 * which may have a token.
 */
function besideOf(url: URL, name: string): URL {
  const beside = new URL(encodeURIComponent(name), url);
  beside.search = url.search;
  return beside;
}

async function readJson(
  url: URL,
  { signal, maxSilence }: LoadNetworkOptions,
): Promise<unknown> {
  return parseJson(
    await readResource(url, { limit: MAX_JSON, signal, maxSilence }),
    shownPlace(url),
  );
}
