import { BYTES } from "../../model/quantized_network.ts";
import {
  convInputs,
  refuse,
  weightedNode,
  withFloatWeights,
} from "./dequantize.ts";
import { assertArgument } from "../../argument.ts";
import { assertNetwork } from "../../network_arguments.ts";
import {
  INPUT,
  isQuantized,
  type Network,
  type QuantizedNetwork,
} from "../../model/mod.ts";
import { networkGraph } from "../../model/network_graph.ts";
import { assertFiniteLayer } from "../assert_finite.ts";
import type { Calibration } from "./calibrate_by_batch_norm.ts";
import { channelFactors } from "./channel_factors.ts";
import {
  foldPreprocessing,
  quantizeConv,
  quantizeDense,
  scaleChannels,
} from "./quantize_layer.ts";

/**
 * The network with int8 weights. Each layer is quantized on demand, so at most one is
 * in memory as f32.
 *
 * @param provenance Source and licence of the weights.
 * @throws {CorruptWeightsError} `quantized()` throws it when a weight isn't finite.
 */
export function quantizeNetwork(
  network: Network,
  calibration: Calibration,
  provenance: Pick<QuantizedNetwork, "source" | "license">,
): QuantizedNetwork {
  assertNetwork("quantize a network", network);
  assertArgument(
    calibration?.ranges instanceof Map && calibration.means instanceof Map &&
      typeof calibration.metadata === "object" && calibration.metadata !== null,
    "quantize a network as the calibration must be what calibrateByBatchNorm() gives",
    calibration,
  );
  const { source, license } = provenance ?? {};
  for (const [name, text] of Object.entries({ source, license })) {
    assertArgument(
      typeof text === "string",
      `quantize a network as its ${name} must be a text`,
      text,
    );
  }
  const { metadata, ranges, means } = calibration;
  // The auxiliary classifier is for training.
  const architecture = { ...network.architecture, auxiliary: false };
  const { scale, offset } = network.preprocessing;
  const graph = networkGraph({ ...network, architecture });
  // In f32, as in a file, so that the file's network has the same answers to the bit.
  const range = (name: string) =>
    Math.fround(ranges.get(name) ?? refuse(name, "range"));
  const { extents, inputRanges } = convInputs(graph, range);
  const factors = channelFactors(graph, calibration);
  const channelMeans = (name: string): Float64Array => {
    const known = means.get(name);
    if (known !== undefined) return known;
    // low79 has no first pool: its range was calibrated on that pool's input.
    const pool = graph.nodes.find((node) => node.name === name);
    return pool?.op === "maxPool"
      ? channelMeans(pool.input)
      : refuse(name, "means");
  };
  return withFloatWeights({
    architecture,
    labels: network.labels,
    classIds: network.classIds,
    variant: network.variant,
    preprocessing: { ...network.preprocessing, ...BYTES },
    folded: isQuantized(network) ? network.folded : { scale, offset },
    origins: network.origins,
    calibration: metadata,
    ...provenance,
    absMax: range,
    quantized(name) {
      const node = weightedNode(graph, name);
      const weights = network.weights(name);
      // NaN would become some code.
      assertFiniteLayer(name, weights);
      if (node.op === "dense") return quantizeDense(weights);
      const read = inputRanges.get(node.input)!;
      const taken = factors.get(node.input);
      const layer = quantizeConv(
        node.input === INPUT
          ? foldPreprocessing(weights, network.preprocessing)
          : weights,
        extents(node),
        taken ? read.map((it, c) => it / taken[c]!) : read,
        channelMeans(node.input),
      );
      const own = factors.get(name);
      return own ? scaleChannels(layer, own) : layer;
    },
  });
}
