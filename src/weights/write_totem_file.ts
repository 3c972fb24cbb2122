import { assertNetwork } from "../network_arguments.ts";
import { bytesOf } from "../bytes_of.ts";
import { ArgumentError } from "../errors.ts";
import {
  inceptionV3,
  isQuantized,
  type QuantizedLayer,
  type QuantizedNetwork,
} from "../model/mod.ts";
import { DIGEST_TENSOR, withDigest } from "./digest.ts";
import {
  type TensorSource,
  writeSafetensors,
  type WrittenSafetensors,
} from "./safetensors/write.ts";
import { assertSound } from "./totem_file.ts";
import { stringifyMetadata } from "./stringify_metadata.ts";
import { FACTS } from "./totem_metadata.ts";
import { tensorsOf } from "./totem_header.ts";

/**
 * A quantized network as a file. Each layer is made when its turn comes. The
 * stream fails with a {@linkcode CorruptWeightsError} where a number isn't one
 * that is read again.
 *
 * @example
 * ```ts
 * import { loadQuantized, writeNetwork } from "@totem/inception/weights";
 *
 * const { stream } = writeNetwork(await loadQuantized("nsfw"));
 * await Deno.writeFile("nsfw.safetensors", stream);
 * ```
 */
export function writeNetwork(network: QuantizedNetwork): WrittenSafetensors {
  assertNetwork("write a network", network);
  if (!isQuantized(network)) {
    throw new ArgumentError(
      "Cannot write a network whose weights aren't int8: convert() and totem convert make them so",
    );
  }
  const graph = inceptionV3(network.architecture);
  const layers = new Map<string, Omit<QuantizedLayer, "weight">>();
  const tensors = tensorsOf(graph).map((
    { node, part, ...tensor },
  ): TensorSource => ({
    ...tensor,
    data() {
      switch (part) {
        case "weight": {
          const { weight, ...vectors } = network.quantized(node);
          layers.set(node, vectors);
          return bytesOf(weight);
        }
        case "range":
          return floatsOf(tensor.name, Float32Array.of(network.range(node)));
        default:
          return floatsOf(tensor.name, layers.get(node)![part]);
      }
    },
  }));
  const metadata = new Map([[FACTS, stringifyMetadata(network)]]);
  return withDigest(writeSafetensors(metadata, [...tensors, DIGEST_TENSOR]));
}

function floatsOf(name: string, values: Float32Array): Uint8Array {
  assertSound(name, values);
  return bytesOf(values);
}
