/**
 * Writes networks as files for other runtimes: ONNX and TensorFlow Lite.
 *
 * @example A file for ONNX Runtime, from a Keras model
 * ```ts
 * import { exportOnnx } from "@totem/inception/export";
 * import { loadNetwork } from "@totem/inception/weights";
 *
 * const network = await loadNetwork("model.h5");
 * await Deno.writeFile("model.onnx", exportOnnx(network).stream);
 * ```
 *
 * @module
 */
export { exportOnnx } from "./export_onnx.ts";
export { exportTflite } from "./export_tflite.ts";
export type { ExportOptions } from "./export_facts.ts";
export type { TensorFact, WrittenModel } from "./written_model.ts";
