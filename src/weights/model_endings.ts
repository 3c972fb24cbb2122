/**
 * The files that are read as models, as help texts and errors list them.
 *
 * @module
 */

/** After `the path or address of`. */
export const MODEL_FILES =
  "a .safetensors, .h5, .keras, .pth, .onnx, .tflite, .pb or model.json";

/**
 * Whether the model at an address is one file, not a folder's. Beside an ONNX model there
 * may be its weights, whose names begin with its own.
 */
export function isOneFile(path: string): boolean {
  return /\.(safetensors|h5|hdf5|keras|pth?|ckpt|tar|bin|tflite|onnx)$/i
    .test(path) || /(?<!saved_model)\.pb$/i.test(path);
}
