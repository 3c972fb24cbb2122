import { isQuantized, type Network } from "../model/mod.ts";
import { exportedModel, type ExportOptions } from "./export_facts.ts";
import { writeFloatTflite } from "./tflite/write_float_tflite.ts";
import { writeInt8Tflite } from "./tflite/write_int8_tflite.ts";
import type { WrittenModel } from "./written_model.ts";

/**
 * Writes a network as a TensorFlow Lite file. Its weights stay as they are: f32, or
 * int8 up to the features. Only one layer is in memory at a time.
 *
 * The input, `input`, is `[1, height, width, 3]`: R, G and B of 0..255, as f32, or as bytes
 * for int8. It needs no normalization, which is part of the weights. The results are
 * `features` and, with classes, `probabilities` (or `logits`, if the network has no
 * activation). The file's metadata has `totem.preprocessing`, how a photo is cropped and
 * resized, and `totem.labels`, the classes' names, both as JSON.
 *
 * @throws {ArgumentError} When an argument isn't valid.
 */
export function exportTflite(
  network: Network,
  options: ExportOptions = {},
): WrittenModel {
  const exported = exportedModel(network, options, "NHWC");
  return isQuantized(network)
    ? writeInt8Tflite(network, exported)
    : writeFloatTflite(network, exported);
}
