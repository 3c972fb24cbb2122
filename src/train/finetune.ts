/**
 * Teaches a network new classes: its features stay, and get a new classifier.
 *
 * @module
 */
import type { BackendRequest } from "../backends/mod.ts";
import { onBackend } from "../backends/tfjs/session.ts";
import { loadTfjsWasm } from "../backends/tfjs/wasm.ts";
import { load } from "../load.ts";
import type { QuantizedNetwork, Variant } from "../model/mod.ts";
import { withFloatWeights } from "../weights/quantize/quantize_network.ts";
import { quantizeDense } from "../weights/quantize/quantize_layer.ts";
import { type ConfusionMatrix, confusionMatrix } from "./confusion_matrix.ts";
import {
  collectFeatures,
  type FeatureTable,
  type LabelledImage,
  memoryTable,
} from "./features.ts";
import { headOf } from "./head.ts";
import {
  type LabelSmoothing,
  PAPER_EPSILON,
  requireSmoothing,
} from "./label_smoothing.ts";
import { type Epoch, learnHead, type LearntHead } from "./learn_head.ts";
import type { OptimizerRule } from "./optimizer.ts";
import { disposeAll } from "./parameters.ts";
import { randomNumbers } from "./random.ts";
import { type HeadScore, scoreHead } from "./score_head.ts";

/** How new classes are taught. */
export interface FinetuneOptions extends BackendRequest {
  /** The classes' names, at least 2, each once. */
  readonly classes: readonly string[];
  /** How an image enters the network; `"full"` unless given. */
  readonly variant?: Variant | undefined;
  /**
   * The part of each class's photos that is held out to measure what is learnt, in
   * [0, 1); 0.2 unless given. Photos that say themselves whether they are held out
   * don't count.
   */
  readonly split?: number | undefined;
  /**
   * How many views of each photo it learns from, at least 1; 4 unless given. The
   * first is the photo as it is, the others are crops and mirror images.
   */
  readonly views?: number | undefined;
  /** Units of a hidden layer; none, for a linear classifier, unless given. */
  readonly hidden?: number | undefined;
  /** The part of the last layer's inputs that is dropped, in [0, 1); 0 unless given. */
  readonly dropout?: number | undefined;
  /** How labels are smoothed; by 0.1 to all classes alike unless given. */
  readonly smoothing?: LabelSmoothing | undefined;
  /** `"rmsprop"`, as in the paper, unless given. */
  readonly optimizer?: OptimizerRule | undefined;
  /** {@linkcode LEARNING_RATES} unless given. */
  readonly learningRate?: number | undefined;
  /** The views of a step; 32 unless given. */
  readonly batchSize?: number | undefined;
  /** So often each view is seen at most; 60 unless given. */
  readonly epochs?: number | undefined;
  /**
   * It ends after so many epochs without a lower loss on what is held out; 10 unless
   * given.
   */
  readonly patience?: number | undefined;
  /** Decides all that is random; 1 unless given. */
  readonly seed?: number | undefined;
  /** Where features are kept meanwhile; in memory unless given. */
  readonly createTable?: (() => FeatureTable) | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a photo's features are computed, with their number. */
  readonly onImage?: ((done: number) => void) | undefined;
  /** Called after each epoch of learning. */
  readonly onEpoch?: ((epoch: Epoch) => void) | undefined;
}

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

/** The learning rates that do well on the features of Inception-v3. */
export const LEARNING_RATES: Readonly<Record<OptimizerRule, number>> = {
  rmsprop: 0.045, // The paper's, by chance or not.
  adam: 0.001,
};

/**
 * Teaches a network new classes with labelled photos. The convolutions stay as
 * they are, so each photo runs through them once; what learns is a new classifier
 * on the features, with the paper's regularizers (arXiv 1512.00567, sections 7 and
 * 8). The same photos, options and seed give the same network on every machine
 * whose engine has as many bits.
 *
 * @param images In any order; each is asked for when the one before is done.
 * @throws {RangeError} When a number is outside its range, there are fewer than 2
 * classes, a label isn't one of them, or a class has no photo to learn from.
 * @throws {AbortedError} When the signal fires.
 *
 * @example Tell bolts from nuts
 * ```ts ignore
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
  base: QuantizedNetwork,
  images: AsyncIterable<LabelledImage>,
  options: FinetuneOptions,
): Promise<Finetuned> {
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
    using model = await load({ ...base, preprocessing }, options);
    inputs = model.featureCount;
    const collecting = {
      ...settings,
      random,
      preprocessing: base.preprocessing,
    };
    await collectFeatures(model, images, learnt, kept, collecting);
  }
  for (const [index, label] of classes.entries()) {
    if (learnt.classes.includes(index)) continue;
    throw new RangeError(`Cannot learn "${label}" as it has no photo`);
  }

  const tf = await loadTfjsWasm(options.tfjsWasmFolder);
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
  const network = withHead(base, classes, hiddenUnits, layers);
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
    [...layers].map(([name, weights]) => [name, quantizeDense(weights)]),
  );
  return withFloatWeights({
    ...base,
    architecture: { ...base.architecture, classes: labels.length, hiddenUnits },
    labels,
    source: `${base.source}, with a head for ${labels.length} other classes`,
    quantized: (name) => head.get(name) ?? base.quantized(name),
  });
}

/** Options with what isn't given filled in, and all of it checked. */
function settingsOf(options: FinetuneOptions) {
  const { optimizer = "rmsprop", classes } = options;
  const settings = {
    classes,
    hidden: options.hidden,
    split: options.split ?? 0.2,
    views: options.views ?? 4,
    dropout: options.dropout ?? 0,
    smoothing: options.smoothing ?? { epsilon: PAPER_EPSILON },
    optimizer,
    learningRate: options.learningRate ?? LEARNING_RATES[optimizer],
    batchSize: options.batchSize ?? 32,
    epochs: options.epochs ?? 60,
    patience: options.patience ?? 10,
    seed: options.seed ?? 1,
    createTable: options.createTable ?? memoryTable,
    signal: options.signal,
    onImage: options.onImage,
    onEpoch: options.onEpoch,
  };
  if (classes.length < 2) {
    throw new RangeError(
      `Cannot learn as there must be >= 2 classes to tell apart: there ${
        classes.length === 1 ? `is 1, "${classes[0]}"` : "are none"
      }`,
    );
  }
  const twice = classes.find((it, i) => classes.indexOf(it) !== i);
  if (twice !== undefined) {
    throw new RangeError(`Cannot learn the class "${twice}" twice`);
  }
  requireSmoothing(classes.length, settings.smoothing);
  for (const name of ["split", "dropout"] as const) {
    if (settings[name] >= 0 && settings[name] < 1) continue;
    throw new RangeError(
      `Cannot learn as ${name} must be in [0, 1): current value is ${
        settings[name]
      }`,
    );
  }
  for (const name of COUNTS) {
    const value = settings[name] ?? 1;
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RangeError(
      `Cannot learn as ${name} must be a whole number >= 1: current value is ${value}`,
    );
  }
  if (settings.learningRate > 0 && settings.learningRate < Infinity) {
    return settings;
  }
  throw new RangeError(
    `Cannot learn as the learning rate must be finite and > 0: current value is ${settings.learningRate}`,
  );
}

const COUNTS = ["hidden", "views", "batchSize", "epochs", "patience"] as const;
