import { type BackendRequest, listBackends } from "./backends/mod.ts";
import type { Classifier } from "./classifier.ts";
import { type InputOptions, loadWith } from "./load_with.ts";
import type { Network } from "./model/mod.ts";
import type { LoadNetworkOptions } from "./weights/load_options.ts";
import type { ModelSource } from "./weights/model_source.ts";

export type { InputOptions } from "./load_with.ts";

/** Options of `load`: of the model, the backend and the input. */
export interface LoadOptions
  extends LoadNetworkOptions, BackendRequest, InputOptions {}

/**
 * Loads a model and opens it on the best backend that runs on this machine.
 *
 * @param source A known name, a path or URL, or a file's bytes, `Blob` or `Response`:
 * see {@linkcode ModelSource}. A {@linkcode Network} is used without a file.
 * @throws {ArgumentError} When `source` or an option isn't valid.
 * @throws {UnknownModelError} When there is no such model, or it can't be downloaded.
 * @throws {CorruptWeightsError} When it isn't a complete and valid Inception-v3.
 * @throws {MemoryLimitError} When no backend stays within `memoryLimit`.
 * @throws {BackendUnavailableError} When no matching backend runs here.
 * @throws {AbortedError} When the signal fires.
 *
 * @example Is a picture safe to show?
 * ```ts
 * import { load } from "@totem/inception";
 *
 * using classifier = await load("nsfw");
 * const [best] = await classifier.classify("photo.jpg");
 * console.log(best?.label, best?.probability); // Neutral 0.99
 * ```
 */
export function load(
  source: ModelSource | Network,
  options: LoadOptions = {},
): Promise<Classifier> {
  return loadWith((request) => listBackends(request), source, options);
}
