/**
 * Teaches a network new classes: its features stay, and get a new classifier.
 *
 * @module
 */
import { assertIterable, pickOptions } from "../argument.ts";
import type { LabelledImage } from "../labelled_image.ts";
import { assertNetwork } from "../network_arguments.ts";
import { listBackends } from "../backends/list_backends.ts";
import { BACKEND_OPTIONS } from "../backends/backend_request.ts";
import { onBackend } from "../backends/tfjs/session.ts";
import { loadTfjs } from "../backends/tfjs/load_tfjs.ts";
import { ArgumentError } from "../errors.ts";
import { loadWith } from "../load_with.ts";
import {
  isQuantized,
  type Network,
  type QuantizedNetwork,
} from "../model/mod.ts";
import { withVariant } from "../model/model_metadata.ts";
import { assertFiniteLayer } from "../weights/finite.ts";
import { withFloatWeights } from "../weights/quantize/dequantize.ts";
import { quantizeDense } from "../weights/quantize/quantize_layer.ts";
import {
  type ConfusionMatrix,
  confusionMatrix,
} from "../evaluate/confusion_matrix.ts";
import { collectFeatures } from "./features.ts";
import { type FinetuneOptions, settingsOf } from "./finetune_options.ts";
import { headOf } from "./head.ts";
import { type Epoch, learnHead, type LearntHead } from "./learn_head.ts";
import { disposeAll } from "./parameters.ts";
import { randomNumbers } from "./random.ts";
import { type HeadScore, scoreHead } from "./score_head.ts";

/** What a network has learnt. */
export interface Finetuned {
  /** The network with its new classes; `writeNetwork` makes a file of it. */
  readonly network: QuantizedNetwork;
  /** All epochs, in order. */
  readonly epochs: readonly Epoch[];
  /** The epoch whose weights it has. */
  readonly bestEpoch: number;
  /** How many views it learnt from. */
  readonly views: number;
  /**
   * What the network, with its int8 weights, answers on what was held out; `null`
   * where nothing was.
   */
  readonly heldOut: HeadScore & { readonly confusion: ConfusionMatrix } | null;
}

/** Those of its options that tell how the model runs. */
const MODEL_OPTIONS = {
  ...BACKEND_OPTIONS,
  variant: true,
  signal: true,
} as const;

/**
 * Teaches a network new classes with labelled photos. The convolutions stay as
 * they are, so each photo runs through them once; what learns is a new classifier
 * on the features, with the paper's regularizers (arXiv 1512.00567, sections 7 and
 * 8). The same photos, options and seed give the same network again.
 *
 * @param base With int8 weights, as `loadQuantized` gives a known model or a Totem file.
 * @param images In any order; each is asked for when the one before is done.
 * @throws {ArgumentError} When an option isn't valid, the weights are f32,
 * there are fewer than 2 classes, a label isn't one of them, or a class has no photo to
 * learn from.
 * @throws {CorruptWeightsError} When learning has diverged, so that weights aren't
 * numbers.
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
  const settings = settingsOf(options);
  const { classes, hidden, createTable } = settings;
  const random = randomNumbers(settings.seed);
  const [learnt, kept] = [createTable(), createTable()];
  let inputs: number;
  {
    // Views come cropped already.
    const preprocessing = {
      ...base.preprocessing,
      crop: { kind: "squash" },
    } as const;
    // Not `using`, which Node 20 and Safari don't know.
    const model = await loadWith(
      (request) => listBackends(request, settings.tfjs),
      { ...base, preprocessing },
      pickOptions(options, MODEL_OPTIONS),
    );
    try {
      inputs = model.featureCount;
      const collecting = {
        ...settings,
        random,
        preprocessing: base.preprocessing,
      };
      await collectFeatures(model, images, learnt, kept, collecting);
    } finally {
      model[Symbol.dispose]();
    }
  }
  for (const [index, label] of classes.entries()) {
    if (learnt.classes.includes(index)) continue;
    throw new ArgumentError(`Cannot learn "${label}" as it has no photo`);
  }

  const tf = await loadTfjs("wasm", settings.tfjs, options.tfjsWasmFolder);
  const hiddenUnits = hidden === undefined ? [] : [hidden];
  const shape = { inputs, hiddenUnits, classes: classes.length };
  const { layers, epochs, bestEpoch } = await learnHead(
    tf,
    "wasm",
    shape,
    learnt,
    kept,
    { ...settings, random },
  );
  const network = withHead(
    withVariant(base, options.variant),
    classes,
    hiddenUnits,
    layers,
  );
  const views = learnt.classes.length;
  if (kept.classes.length === 0) {
    return { network, epochs, bestEpoch, views, heldOut: null };
  }
  // What is measured is what will be written.
  const written = new Map(
    [...layers.keys()].map((name) => [name, network.weights(name)]),
  );
  const { answers, loss, accuracy } = onBackend(tf, "wasm", () => {
    const head = headOf(tf, written);
    const score = scoreHead(tf, shape, head, kept);
    disposeAll(head);
    return score;
  });
  const confusion = confusionMatrix(classes, answers);
  const heldOut = { loss, accuracy, confusion };
  return { network, epochs, bestEpoch, views, heldOut };
}

/** A network's features with another classifier, in int8 as they are. */
export function withHead(
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
    architecture: { ...base.architecture, classes: labels.length, hiddenUnits },
    labels,
    classIds: undefined,
    origins: { ...base.origins, activation: "model" },
    source: `${base.source}, with a head for ${labels.length} other classes`,
    quantized: (name) => head.get(name) ?? base.quantized(name),
  });
}
