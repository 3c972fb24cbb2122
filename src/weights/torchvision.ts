import { plainBytes } from "../io/bytes.ts";
import {
  assertArgument,
  assertBytes,
  assertOptions,
  type OptionNames,
  pickOptions,
} from "../argument.ts";
import { ArgumentError, CorruptWeightsError } from "../errors.ts";
import type { Network, Preprocessing } from "../model/network.ts";
import { importedNetwork } from "./foreign/network.ts";
import {
  assertLoadOptions,
  NETWORK_METADATA,
  type NetworkMetadata,
} from "./load_options.ts";
import { isFloatEntry, readFloats } from "./safetensors/floats.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";
import type { TensorEntry } from "./safetensors/tensor_entry.ts";
import { importTorch } from "./torch/import_torch.ts";
import type { TorchTensor } from "./torch/tensor.ts";
import type { TimmConfig } from "./torch/timm_config.ts";
import { trainedMetadata } from "./trained_metadata.ts";

export {
  IMAGENET_PREPROCESSING,
  TORCHVISION_PREPROCESSING,
} from "./torch/preprocessing.ts";

/** Options of `importTorchvision`: facts that the tensors don't show. */
export interface TorchvisionOptions extends NetworkMetadata {
  /** The file's own, or {@linkcode TORCHVISION_PREPROCESSING}, unless given. */
  readonly preprocessing?: Partial<Preprocessing> | undefined;
  /** Whether the auxiliary classifier is imported, too; `false` unless given. */
  readonly auxiliary?: boolean;
}

const TORCHVISION_OPTIONS: OptionNames<TorchvisionOptions> = {
  ...NETWORK_METADATA,
  auxiliary: true,
};

/**
 * Reads a network from a PyTorch model's tensors, in F32, F16, BF16 or F64:
 * torchvision's `Inception3` or timm's `InceptionV3`, whose tensors have the same
 * names.
 *
 * The names may have a prefix, such as `module.`, and the classifier may be one of several
 * layers. Names, shapes and types are checked here. The weights stay as they are stored;
 * each layer is converted, transposed and folded when a backend requests it. A tensor that
 * Inception-v3 doesn't have is an error, since its network computes something else; only
 * counters, the weights of a loss, and an unwanted auxiliary classifier are ignored.
 *
 * A model with 1008 classes and no auxiliary classifier is assumed to be the network of
 * the Fréchet inception distance (pytorch-fid's), which has other pools;
 * `origins.pools` says so.
 *
 * @param data The data after the header, `dataLength` bytes. It isn't copied: don't
 * change it.
 * @throws {CorruptWeightsError} When a tensor is absent, unknown, or has another
 * shape or type; the message names it.
 * `weights()` throws it when a variance is negative, or a value NaN or infinite.
 * @throws {ArgumentError} When `data` doesn't have the header's length, or the model
 * has one class and no activation is given.
 *
 * @example timm's port of the original weights, which were trained with them
 * ```ts
 * import { importTorchvision, readSafetensors } from "@totem/inception/weights";
 *
 * const file = await Deno.open("timm/model.safetensors");
 * let data = new Uint8Array();
 * const header = await readSafetensors(
 *   file.readable,
 *   ({ dataLength }) => data = new Uint8Array(dataLength),
 * );
 * console.log(importTorchvision(header, data).architecture.classes); // 1000
 * ```
 */
export function importTorchvision(
  header: SafetensorsHeader,
  data: Uint8Array,
  options: TorchvisionOptions = {},
): Network {
  return importSafetensors(header, data, options);
}

/**
 * Like {@linkcode importTorchvision}, with the contents of timm's `config.json`.
 */
export function importSafetensors(
  header: SafetensorsHeader,
  data: Uint8Array,
  options: TorchvisionOptions = {},
  config?: TimmConfig,
): Network {
  assertOptions("import a model", options, TORCHVISION_OPTIONS);
  assertLoadOptions(options);
  assertArgument(
    Array.isArray(header?.tensors) && header.metadata instanceof Map &&
      header.tensors.every((it) => typeof it?.name === "string"),
    "import a model as the header must be what readSafetensors() gives",
    header,
  );
  assertBytes("import a model", data);
  if (data.length !== header.dataLength) {
    throw new ArgumentError(
      `Cannot import tensors as their data must have ${header.dataLength} bytes: it has ${data.length}`,
    );
  }
  const { metadata } = header;
  const own = trainedMetadata(header);
  const bytes = plainBytes(data);
  const tensors = new Map(header.tensors.map((it) => [
    it.name,
    asTensor(it, bytes),
  ]));
  if (metadata.has("totem.index")) {
    throw new CorruptWeightsError(
      "Cannot use the file as a model as it is a search index: totem search takes it as --index",
    );
  }
  const model = importTorch(
    [{ keys: [], tensors, modules: new Map() }],
    {
      auxiliary: options.auxiliary,
      stateDict: options.stateDict,
      config,
      isOwn: own !== undefined,
    },
  );
  const asked = pickOptions(options, NETWORK_METADATA);
  if (own === undefined) return importedNetwork(model, asked);
  const { labels, variant, preprocessing } = own;
  return importedNetwork({
    ...model,
    labels,
    variant,
    pixels: preprocessing,
    geometry: preprocessing,
    origins: {},
  }, asked);
}

function asTensor(entry: TensorEntry, data: Uint8Array): TorchTensor {
  const { name, dtype, shape, offset } = entry;
  return {
    name,
    dtype,
    shape,
    place: String(offset),
    read: () =>
      isFloatEntry(entry) ? readFloats(entry, data) : new Float32Array(),
  };
}
