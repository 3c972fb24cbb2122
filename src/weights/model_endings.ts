/**
 * The model files that help texts and errors list.
 *
 * @module
 */

/** Follows `the path or address of`. */
export const MODEL_FILES =
  "a .safetensors, .h5, .keras, .pth, .onnx, .tflite, .pb or model.json";

/**
 * Whether the model at an address is a single file, not a folder. An ONNX model may have
 * weights beside it, whose file names begin with its own.
 */
export function isOneFile(path: string): boolean {
  return /\.(safetensors|h5|hdf5|keras|pth?|ckpt|tar|bin|tflite|onnx)$/i
    .test(path) || /(?<!saved_model)\.pb$/i.test(path);
}
