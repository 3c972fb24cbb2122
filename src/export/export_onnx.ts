import { isQuantized, type Network } from "../model/mod.ts";
import { exportedModel, type ExportOptions } from "./export_facts.ts";
import { writeFloatOnnx } from "./onnx/write_float_onnx.ts";
import { writeInt8Onnx } from "./onnx/write_int8_onnx.ts";
import type { WrittenModel } from "./written_model.ts";

/**
 * Writes a network as an ONNX file (opset 17). Its weights stay as they are: f32, or
 * int8 up to the features. Only one layer is in memory at a time.
 *
 * The input, `input`, is `[batch, 3, height, width]`: R, G and B of 0..255, as f32, or as
 * bytes for int8. It needs no normalization, which is part of the weights. The results
 * are `features` and, with classes, `probabilities` (or `logits`, if the network has no
 * activation). The file's metadata has `totem.preprocessing`, how a photo is cropped and
 * resized, and `totem.labels`, the classes' names, both as JSON.
 *
 * @throws {ArgumentError} When an argument isn't valid.
 */
export function exportOnnx(
  network: Network,
  options: ExportOptions = {},
): WrittenModel {
  const exported = exportedModel(network, options, "NCHW");
  return isQuantized(network)
    ? writeInt8Onnx(network, exported)
    : writeFloatOnnx(network, exported);
}
