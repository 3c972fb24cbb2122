import {
  BACKEND_OPTIONS,
  type BackendRequest,
} from "../backends/backend_request.ts";
import {
  assertArgument,
  assertFunctions,
  assertOptions,
  assertSignal,
  assertWhole,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { givenTfjs, type TfjsPackages } from "../backends/tfjs/packages.ts";
import { ArgumentError } from "../errors.ts";
import type { Variant } from "../model/mod.ts";
import { type FeatureTable, memoryTable } from "./features.ts";
import {
  assertSmoothing,
  type LabelSmoothing,
  PAPER_EPSILON,
} from "./label_smoothing.ts";
import type { Epoch } from "./learn_head.ts";
import { assertLearning } from "./learning_options.ts";
import type { OptimizerRule } from "./optimizer.ts";

/** How new classes are taught. */
export interface FinetuneOptions extends BackendRequest {
  /** The classes' names, at least 2, each once. */
  readonly classes: readonly string[];
  /** How an image enters the network; as the network says unless given. */
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
  /** Units of a hidden layer, in 1..16384; none, for a linear classifier, unless given. */
  readonly hidden?: number | undefined;
  /** The part of the last layer's inputs that is dropped, in [0, 1); 0 unless given. */
  readonly dropout?: number | undefined;
  /** How labels are smoothed; by 0.1 to all classes alike unless given. */
  readonly smoothing?: LabelSmoothing | undefined;
  /** `"rmsprop"`, as in the paper, unless given. */
  readonly optimizer?: OptimizerRule | undefined;
  /** 0.045 of RMSProp and 0.001 of Adam unless given. */
  readonly learningRate?: number | undefined;
  /** The views of a step; 32 unless given. */
  readonly batchSize?: number | undefined;
  /** The most epochs to train, of all views each; 60 unless given. */
  readonly epochs?: number | undefined;
  /**
   * Training stops after this many epochs without a lower loss on what is held out;
   * 10 unless given.
   */
  readonly patience?: number | undefined;
  /** Decides all that is random; 1 unless given. */
  readonly seed?: number | undefined;
  /** Where features are kept meanwhile; in memory unless given. */
  readonly createTable?: (() => FeatureTable) | undefined;
  /**
   * Where tfjs comes from, on which it runs: from where this runtime finds it unless
   * given. A bundle needs the `tfjs` of `@totem/inception/f32`.
   */
  readonly tfjs?: TfjsPackages | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a photo's features are computed, with their number. */
  readonly onImage?: ((done: number) => void) | undefined;
  /** Called after each epoch of learning. */
  readonly onEpoch?: ((epoch: Epoch) => void) | undefined;
}

const FINETUNE_OPTIONS: OptionNames<FinetuneOptions> = {
  ...BACKEND_OPTIONS,
  classes: true,
  variant: true,
  split: true,
  views: true,
  hidden: true,
  dropout: true,
  smoothing: true,
  optimizer: true,
  learningRate: true,
  batchSize: true,
  epochs: true,
  patience: true,
  seed: true,
  createTable: true,
  tfjs: true,
  signal: true,
  onImage: true,
  onEpoch: true,
};

/** The learning rates that do well on the features of Inception-v3. */
export const LEARNING_RATES: Readonly<Record<OptimizerRule, number>> = {
  rmsprop: 0.045, // The paper's, by chance or not.
  adam: 0.001,
};

/**
 * Options with what isn't given filled in.
 *
 * @throws {ArgumentError} When one is outside its range; the text names it.
 */
export function settingsOf(options: FinetuneOptions) {
  assertOptions(CANNOT, options, FINETUNE_OPTIONS);
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
    tfjs: givenTfjs(CANNOT, options.tfjs),
    signal: options.signal,
    onImage: options.onImage,
    onEpoch: options.onEpoch,
  };
  assertArgument(
    Array.isArray(classes) && classes.every((it) => typeof it === "string"),
    `${CANNOT} as classes must be an array of their names`,
    classes,
  );
  if (classes.length < 2) {
    throw new ArgumentError(
      `Cannot learn as there must be >= 2 classes to tell apart: there ${
        classes.length === 1 ? `is 1, "${classes[0]}"` : "are none"
      }`,
    );
  }
  const twice = classes.find((it, i) => classes.indexOf(it) !== i);
  if (twice !== undefined) {
    throw new ArgumentError(`Cannot learn the class "${twice}" twice`);
  }
  assertSmoothing(classes.length, settings.smoothing);
  for (const name of ["split", "dropout"] as const) {
    assertArgument(
      isNumber(settings[name], (it) => it >= 0 && it < 1),
      `${CANNOT} as ${name} must be in [0, 1)`,
      settings[name],
    );
  }
  for (const name of COUNTS) assertWhole(CANNOT, name, settings[name], 1);
  assertWhole(CANNOT, "hidden", settings.hidden ?? 1, 1, MAX_HIDDEN_UNITS);
  assertLearning(CANNOT, settings);
  assertSignal(CANNOT, settings.signal);
  assertFunctions(CANNOT, settings, ["createTable", "onImage", "onEpoch"]);
  return settings;
}

const CANNOT = "learn";

/** The units of a hidden layer: more would take weights of over 128 MB to learn. */
export const MAX_HIDDEN_UNITS = 2 ** 14;

const COUNTS = ["views", "batchSize", "epochs", "patience"] as const;
