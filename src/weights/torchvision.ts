import {
  assertArgument,
  assertBytes,
  assertOptions,
  type OptionNames,
} from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { weightedLayer } from "../network_arguments.ts";
import type { LayerWeights, Network, Preprocessing } from "../model/network.ts";
import { finiteWeights } from "./assert_finite.ts";
import {
  assertNotFid,
  assertTorchvisionNames,
  matchTorchvision,
  type TorchLayer,
} from "./match_torchvision.ts";
import { nameClasses, withAnswers } from "./answers.ts";
import { foldBatchNorm } from "./fold_batch_norm.ts";
import {
  assertLoadOptions,
  NETWORK_METADATA,
  type NetworkMetadata,
} from "./load_options.ts";
import { mergePreprocessing } from "./origins.ts";
import {
  TRAINED,
  type TrainedMetadata,
  trainedMetadata,
} from "./totem_metadata.ts";
import { readFloats } from "./safetensors/floats.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";

/** What the tensors don't tell of their network. */
export interface TorchvisionOptions extends NetworkMetadata {
  /** The file's own, or {@linkcode TORCHVISION_PREPROCESSING}, unless given. */
  readonly preprocessing?: Partial<Preprocessing> | undefined;
  /** Whether the auxiliary classifier is imported too; it's left out unless given. */
  readonly auxiliary?: boolean;
}

const TORCHVISION_OPTIONS: OptionNames<TorchvisionOptions> = {
  ...NETWORK_METADATA,
  auxiliary: true,
};

/** The presets of torchvision's `Inception_V3_Weights`. */
const GEOMETRY = {
  crop: { kind: "resize", to: 342, size: 299 },
  resize: "antialiased",
} as const;

/**
 * The published weights' preprocessing: 0..255 to -1..1.
 *
 * They were ported from TensorFlow and kept its range. torchvision normalizes
 * with ImageNet's mean and deviation, and its pretrained model then undoes just
 * that (`transform_input`); timm's `tv_in1k`, `tf_in1k` and `tf_adv_in1k` have a
 * mean and deviation of 0.5 (`timm/models/inception_v3.py`).
 */
export const TORCHVISION_PREPROCESSING: Preprocessing = {
  ...GEOMETRY,
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};

/**
 * ImageNet's mean (0.485, 0.456, 0.406) and deviation (0.229, 0.224, 0.225):
 * for timm's `gluon_in1k`, and for networks that were trained from scratch by
 * torchvision's recipe, without `transform_input`.
 */
export const IMAGENET_PREPROCESSING: Preprocessing = {
  ...GEOMETRY,
  scale: [1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)],
  offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
};

/** `BatchNorm2d(channels, eps=0.001)` of both. */
const EPSILON = 0.001;

/**
 * The network of a PyTorch model's tensors, as F32, F16 or BF16: torchvision's
 * `Inception3` or timm's `InceptionV3`, whose tensors have the same names.
 *
 * Names, shapes and types are checked here. The weights stay as they are stored; each
 * layer is converted, transposed and folded when a backend asks for it. A tensor that
 * Inception-v3 doesn't have is an error, since its network computes something else; only
 * batch norm's counters, and an unwanted auxiliary classifier, are ignored.
 *
 * @param data The data behind the header, `dataLength` bytes; it is kept.
 * @throws {CorruptWeightsError} When a tensor is absent, unknown, or has another
 * shape or type; the text names it. When there is one class, or there are FID's 1008.
 * `weights()` throws it when a variance is negative, or a value NaN or infinite.
 * @throws {ArgumentError} When `data` hasn't the header's length.
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
  const { auxiliary = false } = options;
  assertTorchvisionNames(header);
  if (!header.metadata.has(TRAINED)) assertNotFid(header.tensors);
  const { architecture, layers } = matchTorchvision(header.tensors, auxiliary);
  const own = trainedMetadata(header);
  const network: Network = {
    ...networkMetadata(own, architecture, options),
    labels: [],
    weights(name) {
      return readLayer(name, weightedLayer(layers, name), data);
    },
  };
  const { labels } = options;
  return labels === undefined
    ? nameClasses(network, own?.labels, "file")
    : nameClasses(network, labels, "caller");
}

function networkMetadata(
  own: TrainedMetadata | undefined,
  matched: Network["architecture"],
  { preprocessing: asked, ...options }: TorchvisionOptions,
) {
  const { preprocessing, origins } = mergePreprocessing(
    asked,
    own?.preprocessing,
    TORCHVISION_PREPROCESSING,
  );
  const answers = withAnswers(matched, options);
  return {
    architecture: answers.architecture,
    variant: own?.variant,
    preprocessing,
    origins: {
      ...origins,
      ...own === undefined &&
        { pooling: "assumed", activation: "assumed" } as const,
      ...answers.origins,
    },
  };
}

function readLayer(
  name: string,
  layer: TorchLayer,
  data: Uint8Array,
): LayerWeights {
  const { weight, bias, batchNorm } = layer;
  const tensors = [weight, bias, ...Object.values(batchNorm ?? {})];
  return finiteWeights(
    name,
    foldLayer(name, layer, data),
    () => tensors.map((it) => [it.name, readFloats(it, data)]),
  );
}

function foldLayer(
  name: string,
  { weight, bias, batchNorm }: TorchLayer,
  data: Uint8Array,
): LayerWeights {
  const kernel = outputsLast(readFloats(weight, data), weight.shape);
  const offsets = readFloats(bias, data);
  if (batchNorm === undefined) return { kernel, bias: offsets };
  const layer = { kernel, bias: new Float32Array(offsets.length) };
  return foldBatchNorm(name, layer, {
    gamma: readFloats(batchNorm.gamma, data),
    beta: offsets,
    mean: readFloats(batchNorm.mean, data),
    variance: readFloats(batchNorm.variance, data),
    epsilon: EPSILON,
  });
}

/** `[outputs, inputs, height, width]` to `[height, width, inputs, outputs]`. */
function outputsLast(
  values: Float32Array,
  [outputs = 1, inputs = 1, height = 1, width = 1]: readonly number[],
): Float32Array<ArrayBuffer> {
  const taps = height * width;
  const result = new Float32Array(values.length);
  let from = 0;
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let tap = 0; tap < taps; tap++) {
        result[(tap * inputs + i) * outputs + o] = values[from++]!;
      }
    }
  }
  return result;
}
