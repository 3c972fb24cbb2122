import {
  expectArgument,
  expectChoice,
  expectCrop,
  expectFunctions,
  expectLabels,
  expectOptions,
  expectSignal,
  isNumber,
} from "../argument.ts";
import type { Preprocessing } from "../model/network.ts";
import type { KnownModelOptions } from "./known_models.ts";
import type { Store } from "./store/store.ts";
import type { PlaceWeights } from "./totem_file.ts";

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
}

/** How a network is loaded into memory that a backend gives. */
export interface PlacedLoadOptions extends LoadNetworkOptions {
  /** An array of its own unless given. */
  readonly place?: PlaceWeights | undefined;
}

const CANNOT = "load a model";

/** @throws {ArgumentError} When one is none that is taken; the text names it. */
export function expectLoadOptions(options: LoadNetworkOptions): void {
  expectOptions(CANNOT, options);
  const { labels, maxSilence, precision, preprocessing, store } = options;
  expectChoice(CANNOT, "precision", precision, ["int8", "f32", "auto"]);
  expectSignal(CANNOT, options.signal);
  expectArgument(
    maxSilence === undefined || isNumber(maxSilence, (it) => it > 0),
    `${CANNOT} as maxSilence must be a number of ms > 0`,
    maxSilence,
  );
  if (labels !== undefined) expectLabels(CANNOT, labels);
  expectArgument(
    store === undefined || typeof store?.get === "function",
    `${CANNOT} as store must be what fileStore(folder) or cacheApiStore() gives`,
    store,
  );
  expectFunctions(CANNOT, options, ["onProgress"]);
  if (preprocessing !== undefined) expectPreprocessing(preprocessing);
}

function expectPreprocessing(preprocessing: Preprocessing): void {
  expectCrop(preprocessing?.crop);
  expectChoice(CANNOT, "resize", preprocessing.resize ?? null, [
    "antialiased",
    "half-pixel",
  ]);
  for (const name of ["scale", "offset"] as const) {
    const values: unknown = preprocessing[name];
    expectArgument(
      Array.isArray(values) && values.length === 3 &&
        values.every((it) => isNumber(it, Number.isFinite)),
      `${CANNOT} as the preprocessing's ${name} must be three finite numbers`,
      values,
    );
  }
}
