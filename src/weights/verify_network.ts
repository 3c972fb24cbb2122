import { assertArgument } from "../argument.ts";
import { assertNetwork } from "../network_arguments.ts";
import { CorruptWeightsError } from "../errors.ts";
import {
  inceptionV3,
  inferShapes,
  isQuantized,
  isWeighted,
  type QuantizedNetwork,
} from "../model/mod.ts";
import { assertWeights } from "./assert_weights.ts";
import { convExtents, forEachPacked } from "./quantize/pack.ts";

/**
 * Checks a network's weights: that none is -128, and that the padding of packed weights
 * is zero, which reading a Totem file doesn't check as that takes time.
 *
 * @throws {CorruptWeightsError} When a weight is wrong. The text names the layer.
 */
export function verifyNetwork(network: QuantizedNetwork): void {
  assertNetwork("verify a network", network);
  assertArgument(
    isQuantized(network),
    "verify a network as its weights must be int8",
    network,
  );
  const graph = inceptionV3(network.architecture);
  const shapes = inferShapes(graph);
  for (const node of graph.nodes.filter(isWeighted)) {
    const { weight } = network.quantized(node.name);
    assertWeights(node.name, weight);
    if (node.op === "dense") continue;
    const padding = weight.slice();
    forEachPacked(
      convExtents(node, shapes.get(node.input)!),
      (_, packed) => padding[packed] = 0,
    );
    if (padding.some((it) => it !== 0)) {
      throw new CorruptWeightsError(
        `Cannot use the weights of "${node.name}" as their padding must be zero`,
      );
    }
  }
}
