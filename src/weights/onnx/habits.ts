import type { Preprocessing } from "../../model/mod.ts";
import { KERAS_PREPROCESSING } from "../keras/preprocessing.ts";
import { IMAGENET_PREPROCESSING } from "../torch/preprocessing.ts";
import type { OnnxGraph } from "./graph.ts";
import type { OnnxModel } from "./model.ts";

/**
 * The usual preprocessing with the tool that wrote a model: ImageNet's normalization for
 * PyTorch, -1..1 for Keras.
 */
export function habitOf(
  { producer }: OnnxModel,
  { image }: OnnxGraph,
): Preprocessing {
  const isKeras = /keras|tf2onnx|tensorflow/i.test(producer) ||
    !/torch/i.test(producer) && image.layout === "NHWC";
  return isKeras ? KERAS_PREPROCESSING : IMAGENET_PREPROCESSING;
}
