/**
 * Where a network's numbers come from: known models, and Inception-v3s that were
 * saved as TFJS layers models.
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
export * from "./load_network.ts";
export {
  importLayersModel,
  type ImportOptions,
  KERAS_PREPROCESSING,
  type NetworkFacts,
  type ShardReader,
} from "./tfjs_layers.ts";
export type {
  InceptionV3Options,
  LayerWeights,
  Network,
  PerChannel,
  Preprocessing,
  Variant,
} from "../model/mod.ts";
