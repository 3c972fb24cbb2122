import { assertNetwork } from "../network_arguments.ts";
import { asBytes } from "../io/bytes.ts";
import { ArgumentError } from "../errors.ts";
import { MIN_SIZE } from "../model/inception_options.ts";
import {
  isQuantized,
  type MetadataField,
  type Origins,
  type QuantizedLayer,
  type QuantizedNetwork,
} from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { isSide, MAX_SIDE } from "./limits.ts";
import { DIGEST_TENSOR, withDigest } from "./digest.ts";
import {
  type TensorSource,
  writeSafetensors,
  type WrittenSafetensors,
} from "./safetensors/write.ts";
import { assertSound } from "./totem_file.ts";
import { expectedTensors } from "./totem_header.ts";
import { ASSUMABLE, FORMAT, TOTEM } from "./totem_metadata.ts";

/**
 * Writes a quantized network as a stream of a Totem file: see {@linkcode verifyFile}.
 * Each layer is created when the stream reaches it. The stream fails with a
 * {@linkcode CorruptWeightsError} at a value that would be refused in reading.
 */
export function writeNetwork(network: QuantizedNetwork): WrittenSafetensors {
  assertNetwork("write a network", network);
  if (!isQuantized(network)) {
    throw new ArgumentError(
      "Cannot write a network whose weights aren't int8: convert() and totem convert make them so",
    );
  }
  const graph = networkGraph(network);
  const layers = new Map<string, Omit<QuantizedLayer, "weight">>();
  const tensors = expectedTensors(graph).map((
    { node, part, ...tensor },
  ): TensorSource => ({
    ...tensor,
    data() {
      switch (part) {
        case "weight": {
          const { weight, ...vectors } = network.quantized(node);
          layers.set(node, vectors);
          return asBytes(weight);
        }
        case "range":
          return floatBytes(tensor.name, Float32Array.of(network.absMax(node)));
        default:
          return floatBytes(tensor.name, layers.get(node)![part]);
      }
    },
  }));
  const metadata = new Map([[TOTEM, stringifyMetadata(network)]]);
  return withDigest(writeSafetensors(metadata, [...tensors, DIGEST_TENSOR]));
}

function floatBytes(name: string, values: Float32Array): Uint8Array {
  assertSound(name, values);
  return asBytes(values);
}

function stringifyMetadata(network: QuantizedNetwork): string {
  const { architecture, variant, labels, classIds } = network;
  const { calibration, source, license } = network;
  if (typeof variant === "number" && !isSide(variant)) {
    throw new ArgumentError(
      `Cannot write a network for a variant of ${variant} as it must be a whole number of ${MIN_SIZE}..${MAX_SIDE}`,
    );
  }
  const { crop, resize } = network.preprocessing;
  const {
    classes = 1000,
    hiddenUnits = [],
    countIncludePad = false,
    widthMultiplier = 1,
    lastBlock,
    lastPool,
    pooling,
    activation,
  } = architecture;
  return JSON.stringify({
    format: FORMAT,
    architecture: {
      name: "inception-v3",
      classes,
      hiddenUnits,
      countIncludePad,
      lastBlock,
      lastPool,
      pooling,
      activation,
      widthMultiplier,
    },
    variant,
    labels,
    classIds,
    // Scale and offset are folded into the weights; here they are only documented.
    preprocessing: { crop, resize, ...network.folded },
    assumed: assumedFields(network.origins),
    calibration,
    source,
    license,
  });
}

/** The fields of a network that neither a file nor an option states. */
function assumedFields(origins: Origins = {}): MetadataField[] | undefined {
  const assumed = ASSUMABLE.filter((it) => origins[it]?.startsWith("assumed"));
  return assumed.length === 0 ? undefined : assumed;
}
