/**
 * The names of model files, for help texts and errors, and for folders.
 *
 * @module
 */

/** Follows `the path or address of` in errors and `the path or URL of` in help texts. */
export const MODEL_FILES =
  "a .safetensors, .h5, .keras, .pth, .onnx, .tflite, .pb or model.json";

/** The names that a model in a folder of its own can have, in order of preference. */
export const FOLDER_FILES = [
  "model.json",
  "model.safetensors",
  "saved_model.pb",
  "model.weights.h5",
  "pytorch_model.bin",
];

/**
 * Whether the model at an address is a single file, not a folder. An ONNX model may have
 * weights beside it, whose file names begin with its own.
 */
export function isOneFile(path: string): boolean {
  return /\.(safetensors|h5|hdf5|keras|pth?|ckpt|tar|bin|tflite|onnx)$/i
    .test(path) || /(?<!saved_model)\.pb$/i.test(path);
}
