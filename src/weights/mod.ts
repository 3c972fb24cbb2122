/**
 * Reads, writes, downloads and checks networks: known models, Totem's files and the
 * files of other tools, safetensors, and the store that keeps them.
 *
 * @example Weights of a model of your own
 * ```ts
 * import { loadNetwork } from "@totem/inception/weights";
 *
 * const network = await loadNetwork("https://example.org/parts/model.json", {
 *   labels: ["bolt", "nut", "washer"],
 * });
 * const { kernel, bias } = network.weights("Conv2d_1a_3x3");
 * console.log(kernel.length, bias.length); // 864 32
 * ```
 *
 * @module
 */
export { loadNetwork } from "./load_network.ts";
export type {
  ImportOptions,
  KnownModelOptions,
  LoadNetworkOptions,
  NetworkMetadata,
} from "./load_options.ts";
export type { ModelSource } from "./model_source.ts";
export { loadQuantized } from "./load_network.ts";
export { KNOWN_MODELS, type KnownModel } from "./known_models.ts";
export {
  cacheApiStore,
  download,
  type DownloadOptions,
  fileStore,
  type PutOptions,
  type Store,
  type StoredFile,
  type StoreOptions,
  type StoreRecord,
} from "./store/mod.ts";
export { importKerasH5 } from "./keras/import_keras.ts";
export type { Dtype } from "./safetensors/tensor_entry.ts";
export type { TensorEntry } from "./safetensors/tensor_entry.ts";
export type { SafetensorsHeader } from "./safetensors/header.ts";
export type { ByteSource } from "../io/open_file.ts";
export {
  readSafetensors,
  type ReadSafetensorsOptions,
} from "./safetensors/read.ts";
export {
  type TensorSource,
  writeSafetensors,
  type WrittenSafetensors,
} from "./safetensors/write.ts";
export {
  IMAGENET_PREPROCESSING,
  importTorchvision,
  TORCHVISION_PREPROCESSING,
  type TorchvisionOptions,
} from "./torchvision.ts";
export { readNetwork } from "./totem_file.ts";
export { writeNetwork } from "./write_totem_file.ts";
export {
  type VerifiedFile,
  verifyFile,
  type VerifyFileOptions,
} from "./verify_file.ts";
export { quantizeNetwork } from "./quantize/quantize_network.ts";
export type { Calibration } from "./quantize/calibrate_by_batch_norm.ts";
export { calibrateByBatchNorm } from "./quantize/calibrate_by_batch_norm.ts";
export {
  importLayersModel,
  KERAS_PREPROCESSING,
  type ShardReader,
} from "./tfjs_layers.ts";
export { verifyNetwork } from "./verify_file.ts";
export type { Network } from "../model/network.ts";
export {
  isQuantized,
  type QuantizedNetwork,
} from "../model/quantized_network.ts";
