/**
 * Totem runs Inception-v3 in Deno, Node, Bun, browsers and edge functions. It
 * classifies photos and extracts their features, on WASM SIMD or WebGPU.
 *
 * @example Classify a photo
 * ```ts
 * import { load } from "@totem/inception";
 *
 * using classifier = await load("nsfw");
 * for (const { label, probability } of await classifier.classify("photo.jpg")) {
 *   console.log(label, probability);
 * }
 * ```
 *
 * @module
 */
export { load, type LoadOptions } from "./src/load.ts";
export type { InputOptions } from "./src/load_with.ts";
export type { ModelSource } from "./src/weights/model_source.ts";
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
} from "./src/classification.ts";
export { Classifier } from "./src/classifier.ts";
export type {
  ExplainMethod,
  ExplainOptions,
  Explanation,
} from "./src/explain/explanation.ts";
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
} from "./src/image/mod.ts";
export { cacheApiStore } from "./src/weights/store/cache_api_store.ts";
export { download } from "./src/weights/store/download.ts";
export { fileStore } from "./src/weights/store/file_store.ts";
export type {
  DownloadOptions,
  Store,
  StoredFile,
  StoreOptions,
} from "./src/weights/store/store.ts";
export type { Device, Precision } from "./src/backends/backend.ts";
export {
  setWasmModules,
  type WasmModules,
} from "./src/runtime/wasm_modules.ts";
export type { Variant } from "./src/model/inception_options.ts";
export type { ModelMetadata } from "./src/model/model_metadata.ts";
export type { Network, Preprocessing } from "./src/model/network.ts";
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
} from "./src/errors.ts";
