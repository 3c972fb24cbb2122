/**
 * The smallest entry, for edge functions: int8 on WASM or WebGPU, without the f32
 * backends, for which bundlers would include tfjs. It exports the same names as
 * `@totem/inception`.
 *
 * @example A handler of requests
 * ```ts
 * import { load } from "@totem/inception/int8";
 * import { createHandler } from "@totem/inception/server";
 *
 * const model = new URL("model.safetensors", import.meta.url);
 * export default { fetch: createHandler({ classifier: () => load(model) }) };
 * ```
 *
 * @module
 */
import type { BackendRequest } from "./backends/backend_request.ts";
import { wasmInt8 } from "./backends/simd/wasm_int8.ts";
import { webgpuInt8 } from "./backends/webgpu/webgpu_int8.ts";
import type { Classifier } from "./classifier.ts";
import { type InputOptions, loadWith } from "./load_with.ts";
import type { QuantizedNetwork } from "./model/mod.ts";
import type { LoadNetworkOptions } from "./weights/load_options.ts";
import type { ModelSource } from "./weights/model_source.ts";

export type { InputOptions } from "./load_with.ts";
export type { ModelSource } from "./weights/model_source.ts";
export type {
  Classification,
  ClassifiedAnimation,
  ClassifiedFrame,
  ClassifiedImage,
  ClassifyOptions,
  FailedImage,
  ImageFeatures,
  ImageOfMany,
  RunOptions,
  Timings,
} from "./classification.ts";
export { Classifier } from "./classifier.ts";
export type {
  ExplainMethod,
  ExplainOptions,
  Explanation,
} from "./explain/explanation.ts";
export {
  type Box,
  type CropAndResize,
  cropAndResize,
  type CropRule,
  decodeImage,
  type DecodeOptions,
  DEFAULT_MAX_MEMORY,
  DEFAULT_MAX_PIXELS,
  type ImageFormat,
  type ImageHeader,
  type ImageSource,
  type Orientation,
  type Pixels,
  preprocess,
  type PreprocessOptions,
  readImageHeader,
  type ShownImage,
} from "./image/mod.ts";
export { cacheApiStore } from "./weights/store/cache_api_store.ts";
export { download } from "./weights/store/download.ts";
export { fileStore } from "./weights/store/file_store.ts";
export type {
  DownloadOptions,
  Store,
  StoredFile,
  StoreOptions,
} from "./weights/store/store.ts";
export type { Device, Precision } from "./backends/backend.ts";
export { setWasmModules, type WasmModules } from "./runtime/wasm_modules.ts";
export type { Variant } from "./model/inception_options.ts";
export type { ModelMetadata } from "./model/model_metadata.ts";
export type { Network, Preprocessing } from "./model/network.ts";
export {
  AbortedError,
  ArgumentError,
  BackendUnavailableError,
  CorruptImageError,
  CorruptRunError,
  CorruptWeightsError,
  CryptoUnavailableError,
  DecoderUnavailableError,
  DeviceLostError,
  DisposedError,
  type ExceededLimit,
  GraphError,
  ImageTooLargeError,
  ImageUnavailableError,
  MemoryLimitError,
  ModelMismatchError,
  NotFiniteError,
  PackageUnavailableError,
  StorageError,
  ThreadError,
  TotemError,
  UnknownModelError,
  UnsupportedImageError,
} from "./errors.ts";

/** Options of `load`: of the model, the backend and the input. */
export interface LoadOptions
  extends
    Omit<LoadNetworkOptions, "precision">,
    Omit<BackendRequest, "precision" | "tfjsWasmFolder">,
    InputOptions {}

/**
 * Loads an int8 model.
 *
 * @param source As in `load` of `@totem/inception`: a known name, or a Totem file's
 * path, address, bytes, `Blob` or `Response`.
 * @throws {ArgumentError} When `source` or an option isn't valid.
 * @throws {UnknownModelError} When there is no such model.
 * @throws {CorruptWeightsError} When it isn't a complete and valid Inception-v3.
 * @throws {MemoryLimitError} When the model doesn't fit into `memoryLimit`.
 * @throws {BackendUnavailableError} When the model's weights are f32, or this runtime
 * has neither WASM SIMD nor WebGPU.
 * @throws {AbortedError} When the signal fires.
 */
export function load(
  source: ModelSource | QuantizedNetwork,
  options: LoadOptions = {},
): Promise<Classifier> {
  return loadWith(
    () => [wasmInt8(options), webgpuInt8(options)],
    source,
    options,
  );
}
