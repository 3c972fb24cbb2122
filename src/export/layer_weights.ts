import { INPUT, type LayerWeights, type Network } from "../model/mod.ts";
import type { ConvNode, DenseNode } from "../model/mod.ts";
import { foldPreprocessing } from "../weights/quantize/quantize_layer.ts";

/**
 * A layer's weights in f32; the first convolution's are for the image's bytes. The last
 * layer that was asked for is kept, as its kernel and its bias are written one by one.
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

/** `make`, which isn't called again for the node that it was called for last. */
export function lastOf<N extends { readonly name: string }, T>(
  make: (node: N) => T,
): (node: N) => T {
  let last: { readonly name: string; readonly value: T } | undefined;
  return (node) => {
    if (last?.name !== node.name) {
      last = undefined; // It isn't held while the next one is made.
      last = { name: node.name, value: make(node) };
    }
    return last.value;
  };
}
