/**
 * Known models as int8 networks, which a store keeps.
 *
 * @module
 */
import {
  AbortedError,
  ArgumentError,
  CorruptWeightsError,
  UnknownModelError,
} from "../errors.ts";
import { didYouMean } from "../did_you_mean.ts";
import { inceptionV3 } from "../model/inception_v3.ts";
import type { PixelScale } from "../model/network.ts";
import type { QuantizedNetwork } from "../model/quantized_network.ts";
import { findKnownModel, knownNames, type NamedModel } from "./known_models.ts";
import { labelClasses } from "./labels.ts";
import type { LoadNetworkOptions, PlacedLoadOptions } from "./load_options.ts";
import { asKnown } from "./origins.ts";
import { calibrateByBatchNorm } from "./quantize/data_free.ts";
import { BYTES, quantizeNetwork } from "./quantize/quantize_network.ts";
import type { StoredFile } from "./store/content.ts";
import type { Store } from "./store/store.ts";
import { readPlaced, writeNetwork } from "./totem_file.ts";

/**
 * A known model with int8 weights, from the store, or converted and stored in it.
 *
 * Its ranges are set by batch norm's statistics, as there are no photos.
 *
 * @param name A known name.
 * @throws {UnknownModelError} When there is no such model, or it can't be fetched.
 */
export async function loadKnownQuantized(
  name: string,
  options: PlacedLoadOptions,
): Promise<QuantizedNetwork> {
  const { signal, onProgress, preprocessing } = options;
  const model = expectKnownModel(name);
  const reference = referenceTo(model);
  const store = await chosenStore(options.store);
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
        await readPlaced(await file.open?.() ?? file.stream(), {
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

/** A store, unless it is told not to keep anything or can't hash what it keeps. */
export function usableStore(
  store: LoadNetworkOptions["store"],
): Store | undefined {
  // Pages that came without TLS have no Web Crypto.
  return store && globalThis.crypto?.subtle ? store : undefined;
}

/** The store of known models; its code isn't there for who has none. */
export async function chosenStore(
  store: LoadNetworkOptions["store"],
): Promise<Store | undefined> {
  if (store !== undefined) return usableStore(store);
  const { defaultStore } = await import("./store/default_store.ts");
  return await defaultStore();
}

/** What a known model's int8 file is called in a store. */
export function referenceOf(name: string): string {
  return referenceTo(expectKnownModel(name));
}

/** Of an alias it is that of the name. */
function referenceTo({ name, source }: NamedModel): string {
  return `${name} int8 format 1 ${source}`;
}

function expectKnownModel(name: string): NamedModel {
  const model = findKnownModel(name);
  if (model) return model;
  const names = knownNames();
  throw new UnknownModelError(
    `Unknown model "${name}"${
      didYouMean(name, names) || `. Should be one of: ${names.join(", ")}`
    }`,
  );
}

/**
 * An int8 network with the labels, crop and resize that are asked for.
 *
 * @throws {ArgumentError} When another scale or offset is: they are in the weights.
 */
export function adjusted(
  network: QuantizedNetwork,
  { labels, preprocessing }: LoadNetworkOptions,
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
    labels: labelClasses(network.labels.length, labels ?? network.labels),
    // Other names are of other classes.
    classIds: labels === undefined ? network.classIds : undefined,
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

/** From the bytes of each part to those of all that are there, and their total. */
export function countBytes(
  size: number | undefined,
  onProgress: LoadNetworkOptions["onProgress"],
): (count: number) => void {
  let done = 0;
  return (count) => onProgress?.(done += count, size ?? done);
}
