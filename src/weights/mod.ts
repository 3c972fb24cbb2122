/**
 * Where a network's numbers come from: known models, and Inception-v3s that were
 * saved as TFJS layers models.
 *
 * @example Weights of a model of your own
 * ```ts ignore
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
export type { LoadNetworkOptions } from "./load_options.ts";
export { loadQuantized } from "./load_quantized.ts";
export { referenceOf } from "./known_quantized.ts";
export { isQuantized } from "../model/quantized_network.ts";
export {
  KNOWN_MODELS,
  type KnownModel,
  type KnownModelOptions,
} from "./known_models.ts";
export * from "./store/mod.ts";
export { importKerasH5 } from "./keras_h5.ts";
export type { Dtype } from "./safetensors/dtype.ts";
export type { TensorEntry } from "./safetensors/tensor_entry.ts";
export { parseHeader, type SafetensorsHeader } from "./safetensors/header.ts";
export type { ByteSource } from "../open_file.ts";
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
export {
  networkOf,
  type PlaceWeights,
  readNetwork,
  type ReadNetworkOptions,
  writeNetwork,
} from "./totem_file.ts";
export { quantizeNetwork } from "./quantize/quantize_network.ts";
export {
  calibrateByImages,
  type Calibration,
  type ImageCalibration,
} from "./quantize/calibration.ts";
export { calibrateByBatchNorm } from "./quantize/data_free.ts";
export {
  importLayersModel,
  type ImportOptions,
  KERAS_PREPROCESSING,
  type NetworkFacts,
  type ShardReader,
} from "./tfjs_layers.ts";
export type * from "../model/mod.ts";
