/**
 * Trains a network for new classes: a new classifier on unchanged features.
 *
 * @module
 */
import { assertIterable, pickOptions } from "../argument.ts";
import { wasmInt8 } from "../backends/simd/wasm_int8.ts";
import { webgpuInt8 } from "../backends/webgpu/webgpu_int8.ts";
import { ArgumentError } from "../errors.ts";
import {
  type ConfusionMatrix,
  confusionMatrix,
} from "../evaluate/confusion_matrix.ts";
import type { LabelledImage } from "../labelled_image.ts";
import { loadWith } from "../load_with.ts";
import {
  isQuantized,
  type Network,
  type QuantizedNetwork,
} from "../model/mod.ts";
import { withVariant } from "../model/model_metadata.ts";
import { assertNetwork } from "../network_arguments.ts";
import { assertFiniteLayer } from "../weights/assert_finite.ts";
import { withFloatWeights } from "../weights/quantize/dequantize.ts";
import { quantizeDense } from "../weights/quantize/quantize_layer.ts";
import { collectFeatures } from "./features.ts";
import {
  type FinetuneOptions,
  finetuneSettings,
  MODEL_OPTIONS,
} from "./finetune_options.ts";
import { fromWeights } from "./head.ts";
import { type Epoch, learnHead, type LearntHead } from "./learn_head.ts";
import { randomNumbers } from "./random.ts";
import { type HeadScore, scoreHead } from "./score_head.ts";

/** A network trained for new classes. */
export interface Finetuned {
  /** The network; `writeNetwork` writes it to a file. */
  readonly network: QuantizedNetwork;
  /** All epochs, in order. */
  readonly epochs: readonly Epoch[];
  /** The number of the epoch whose weights are used. */
  readonly bestEpoch: number;
  /** The number of views trained on: `augmentations` per photo that isn't held out. */
  readonly views: number;
  /** The score of its int8 weights on the held-out photos; `null` if there are none. */
  readonly heldOut: HeadScore & { readonly confusion: ConfusionMatrix } | null;
}

/**
 * Teaches a network new classes with labelled photos. The convolutions stay as they
 * are, so each view of a photo runs through them once. A new classifier learns on the
 * features, with the paper's regularizers (arXiv 1512.00567, sections 7 and 8). The
 * same photos, options and seed give the same network.
 *
 * @param base A network with int8 weights: the result of `loadQuantized`.
 * @param images In any order. The next one is read when the one before is done.
 * @throws {ArgumentError} When an option isn't valid, the weights are f32, there are
 * fewer than 2 classes, a label isn't one of them, or a class has no photo to learn from.
 * @throws {CorruptWeightsError} When training diverged, so that weights aren't finite.
 * @throws {AbortedError} When the signal fires.
 *
 * @example Tell bolts from nuts
 * ```ts
 * import { finetune } from "@totem/inception/train";
 * import { loadQuantized, writeNetwork } from "@totem/inception/weights";
 *
 * async function* photos() {
 *   for (const label of ["bolt", "nut"]) {
 *     for await (const { name } of Deno.readDir(label)) {
 *       yield { label, image: await Deno.readFile(`${label}/${name}`) };
 *     }
 *   }
 * }
 *
 * const { network, heldOut } = await finetune(
 *   await loadQuantized("nsfw"),
 *   photos(),
 *   { classes: ["bolt", "nut"] },
 * );
 * console.log(heldOut?.accuracy);
 * await Deno.writeFile("parts.safetensors", writeNetwork(network).stream);
 * ```
 */
export async function finetune(
  base: Network,
  images: Iterable<LabelledImage> | AsyncIterable<LabelledImage>,
  options: FinetuneOptions,
): Promise<Finetuned> {
  assertNetwork("learn", base);
  if (!isQuantized(base)) {
    throw new ArgumentError(
      "Cannot learn on a network whose weights aren't int8: convert() and totem convert make int8 of them, and loadQuantized() loads int8",
    );
  }
  assertIterable("learn", images);
  const settings = finetuneSettings(options);
  const { classes, hiddenUnits, createTable } = settings;
  const random = randomNumbers(settings.seed);
  const [learnt, heldOut] = [createTable(), createTable()];
  const model = await loadWith(
    (request) => [wasmInt8(request), webgpuInt8(request)],
    // The views are already cropped.
    { ...base, preprocessing: { ...base.preprocessing, crop: SQUASH } },
    pickOptions(options, MODEL_OPTIONS),
  );
  const inputs = model.featureCount;
  // Not `using`, which Node 20 and Safari don't support.
  try {
    const { preprocessing } = base;
    const collecting = { ...settings, random, preprocessing };
    await collectFeatures(model, images, learnt, heldOut, collecting);
  } finally {
    model[Symbol.dispose]();
  }
  for (const [index, label] of classes.entries()) {
    if (learnt.classes.includes(index)) continue;
    throw new ArgumentError(`Cannot learn "${label}" as it has no photo`);
  }

  const { layers, epochs, bestEpoch } = await learnHead(
    { inputs, hiddenUnits, classes: classes.length },
    learnt,
    heldOut,
    { ...settings, random },
  );
  const network = withHead(
    withVariant(base, options.variant),
    classes,
    hiddenUnits,
    layers,
  );
  const views = learnt.classes.length;
  if (heldOut.classes.length === 0) {
    return { network, epochs, bestEpoch, views, heldOut: null };
  }
  // Scores the head as it will be written, in int8.
  const written = Array.from(
    layers.keys(),
    (name) => fromWeights(network.weights(name)),
  );
  const { score, answers } = scoreHead(written, heldOut);
  const confusion = confusionMatrix(classes, answers);
  return {
    network,
    epochs,
    bestEpoch,
    views,
    heldOut: { ...score, confusion },
  };
}

const SQUASH = { kind: "squash" } as const;

/** Replaces the network's classifier by another one, quantized to int8. */
function withHead(
  base: QuantizedNetwork,
  labels: readonly string[],
  hiddenUnits: readonly number[],
  layers: LearntHead["layers"],
): QuantizedNetwork {
  const head = new Map(
    [...layers].map(([name, weights]) => {
      assertFiniteLayer(name, weights); // Learning may have diverged.
      return [name, quantizeDense(weights)];
    }),
  );
  return withFloatWeights({
    ...base,
    architecture: {
      ...base.architecture,
      classes: labels.length,
      hiddenUnits,
      activation: "softmax",
    },
    labels,
    classIds: undefined,
    origins: { ...base.origins, hidden: "model", activation: "model" },
    source: `${base.source}, with a head for ${labels.length} other classes`,
    quantized: (name) => head.get(name) ?? base.quantized(name),
  });
}
