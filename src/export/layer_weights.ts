import { INPUT, type LayerWeights, type Network } from "../model/mod.ts";
import type { ConvNode, DenseNode } from "../model/mod.ts";
import { foldPreprocessing } from "../weights/quantize/quantize_layer.ts";

/**
 * A layer's weights in f32. The first convolution's are for bytes of the image. Caches
 * the last requested layer, as its kernel and bias are written separately.
 */
export function layerWeights(
  network: Network,
): (node: ConvNode | DenseNode) => LayerWeights {
  return lastOf((node) => {
    const weights = network.weights(node.name);
    return node.input === INPUT
      ? foldPreprocessing(weights, network.preprocessing)
      : weights;
  });
}

/** Caches the result of `make` for the last node. */
export function lastOf<N extends { readonly name: string }, T>(
  make: (node: N) => T,
): (node: N) => T {
  let last: { readonly name: string; readonly value: T } | undefined;
  return (node) => {
    if (last?.name !== node.name) {
      last = undefined; // Frees it before the next one is created.
      last = { name: node.name, value: make(node) };
    }
    return last.value;
  };
}
