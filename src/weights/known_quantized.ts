import { applyOptions } from "./apply_options.ts";
import { abortable, throwIfAborted } from "../async/abort.ts";
import { CorruptWeightsError, UnknownModelError } from "../errors.ts";
import { didYouMean } from "../text/did_you_mean.ts";
import { networkGraph } from "../model/network_graph.ts";
import type { QuantizedNetwork } from "../model/quantized_network.ts";
import {
  findKnownModel,
  knownNames,
  loadKnown,
  type NamedModel,
} from "./known_models.ts";
import {
  chosenStore,
  countBytes,
  type LoadIntoOptions,
} from "./load_options.ts";
import { asKnown } from "./origins.ts";
import type { StoredFile } from "./store/store.ts";
import { readInto } from "./totem_file.ts";

/**
 * Loads a known model in int8 from the store, or converts and stores it. It is calibrated by
 * batch norm's statistics, as there are no photos.
 */
export async function loadKnownQuantized(
  name: string,
  options: LoadIntoOptions,
): Promise<QuantizedNetwork> {
  const { signal, onProgress } = options;
  // Crop and resize don't affect the weights.
  const { scale, offset } = options.preprocessing ?? {};
  const preprocessing = scale && offset && { scale, offset };
  const model = assertKnownModel(name);
  const reference = storeKey(name);
  const store = await chosenStore(options.store);
  const make = async () => {
    const loaded = { store, signal, onProgress, preprocessing };
    const network = await loadKnown(model, loaded);
    const graph = networkGraph(network);
    const { calibrateByBatchNorm, quantizeNetwork } = await importers();
    const calibration = calibrateByBatchNorm(network, graph);
    throwIfAborted(signal);
    return quantizeNetwork(network, calibration, model);
  };
  // The stored weights are for the model's own scale.
  if (store === undefined || preprocessing !== undefined) {
    return applyOptions(await make(), options, name);
  }

  const read = async (file: StoredFile) =>
    applyOptions(
      // A file stored by an earlier version may lack some metadata.
      asKnown(
        await readInto(await file.open?.() ?? file.stream(), {
          size: file.size,
          signal,
          allocate: options.allocate,
          onBytes: countBytes(file.size, onProgress),
        }),
      ),
      options,
      name,
    );
  const readKept = async () => {
    const kept = await store.get(reference);
    try {
      return kept && await read(kept);
    } catch (error) {
      if (!(error instanceof CorruptWeightsError)) throw error;
      // A damaged file is converted again.
      await store.remove(reference).catch(() => {});
      return undefined;
    }
  };
  return await readKept() ?? await runSerially(reference, signal, async () => {
    const found = await readKept();
    if (found !== undefined) return found;
    const made = await make();
    const { writeNetwork } = await importers();
    const { stream } = writeNetwork(made);
    return await read(await store.put(reference, stream));
  });
}

/** Loads code that a model in the store doesn't need. */
const importers = () => import("./importers.ts");

/** The key of a known model's int8 file in a store. Aliases share it. */
export function storeKey(alias: string): string {
  const { name, source } = assertKnownModel(alias);
  return `${name} int8 format 1 ranges 2 ${source}`;
}

function assertKnownModel(name: string): NamedModel {
  const model = findKnownModel(name);
  if (model) return model;
  const names = knownNames();
  throw new UnknownModelError(
    `Unknown model "${name}"${
      didYouMean(name, names) || `. Should be one of: ${names.join(", ")}`
    }`,
  );
}

/** The last task of each key. */
const pending = new Map<string, Promise<unknown>>();

/**
 * Runs a task after all earlier tasks of the same key have ended, so that it finds their
 * results.
 */
async function runSerially<T>(
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const before = pending.get(key);
  const mine = (async () => {
    await before?.catch(() => {}); // Its own caller handles the error.
    throwIfAborted(signal);
    return await work();
  })();
  pending.set(key, mine);
  const forget = () => {
    if (pending.get(key) === mine) pending.delete(key);
  };
  mine.then(forget, forget);
  try {
    return await abortable(mine, signal);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}
