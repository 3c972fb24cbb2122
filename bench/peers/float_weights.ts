import {
  type ConvNode,
  INPUT,
  type LayerWeights,
  type Network,
} from "../../src/model/mod.ts";
import { foldPreprocessing } from "../../src/weights/quantize/quantize_layer.ts";

/** A convolution's weights in f32; the first one's are for the image's bytes. */
export function floatWeights(network: Network, node: ConvNode): LayerWeights {
  const weights = network.weights(node.name);
  return node.input === INPUT
    ? foldPreprocessing(weights, network.preprocessing)
    : weights;
}
