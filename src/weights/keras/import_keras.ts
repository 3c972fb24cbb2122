import { plainBytes } from "../../io/bytes.ts";
import { assertBytes, assertOptions } from "../../argument.ts";
import type { Network } from "../../model/network.ts";
import { importedNetwork } from "../foreign/network.ts";
import {
  assertLoadOptions,
  NETWORK_METADATA,
  type NetworkMetadata,
} from "../load_options.ts";
import { isZip } from "../zip.ts";
import { readKerasArchive, readKerasH5 } from "./read.ts";

/**
 * Reads the network of a Keras file: from `model.save("model.keras")`,
 * `model.save("model.h5")` or `model.save_weights()`, or as `keras.applications`
 * publishes it (`inception_v3_weights_tf_dim_ordering_tf_kernels.h5` and
 * `..._notop.h5`).
 *
 * A whole model is matched by its wiring. It may contain nested models and layers that
 * scale or augment the image, and it may end at any block. Files of weights alone have
 * no wiring: they are matched by the order of their layers and by the shape of every
 * tensor. Names don't matter. Everything except the values is checked here. The values
 * stay in `bytes`; each layer is copied and folded when a backend requests it.
 *
 * A file without a top has 0 classes and no labels; its network ends with the features.
 *
 * @param bytes The whole file.
 * @throws {CorruptWeightsError} When the file is damaged, cut off or of another format,
 * when it isn't an Inception-v3, or when a tensor is absent or has another shape. The
 * message names the layer. `weights()` throws it when a variance is negative, or a
 * value is NaN or infinite.
 *
 * @example The weights of `keras.applications`
 * ```ts
 * import { importKerasH5 } from "@totem/inception/weights";
 *
 * const network = importKerasH5(await Deno.readFile("model.h5"));
 * console.log(network.architecture.classes); // 1000
 * ```
 */
export function importKerasH5(
  bytes: Uint8Array,
  metadata: NetworkMetadata = {},
): Network {
  assertBytes("import a Keras model", bytes);
  assertOptions("import a Keras model", metadata, NETWORK_METADATA);
  assertLoadOptions(metadata);
  const read = isZip(bytes) ? readKerasArchive : readKerasH5;
  return importedNetwork(read({ bytes: plainBytes(bytes) }), metadata);
}
