import {
  assertArgument,
  assertFunctions,
  assertOptions,
  assertWhole,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import type { BackendRequest } from "../backends/backend_request.ts";
import { ENGINE_OPTIONS } from "../backends/simd/engine.ts";
import { ArgumentError } from "../errors.ts";
import type { Variant } from "../model/mod.ts";
import { type FeatureTable, memoryTable } from "./features.ts";
import type { Epoch } from "./learn_head.ts";
import {
  LEARNING_OPTIONS,
  type LearningOptions,
  learningSettings,
} from "./learning_options.ts";

/** Options of `finetune`. */
export interface FinetuneOptions
  extends
    LearningOptions,
    Omit<BackendRequest, "precision" | "tfjsWasmFolder"> {
  /** The names of the classes, at least 2 different ones. */
  readonly classes: readonly string[];
  /** The input size; the network's own unless given. */
  readonly variant?: Variant | undefined;
  /**
   * The fraction of each class's photos that is held out, in [0, 1); 0.2 unless given.
   * It doesn't apply to photos with `heldOut`.
   */
  readonly validationSplit?: number | undefined;
  /**
   * The number of views of each photo to learn from, at least 1; 4 unless given. The
   * first is the photo itself, the others are random crops, half of them mirrored.
   */
  readonly augmentations?: number | undefined;
  /** The units of a hidden layer, in 1..16384; no hidden layer unless given. */
  readonly hiddenUnits?: number | undefined;
  /**
   * The fraction of the last layer's inputs that is dropped, in [0, 1); 0 unless given.
   */
  readonly dropout?: number | undefined;
  /**
   * Learning ends after this many epochs without a lower held-out loss; 10 unless
   * given.
   */
  readonly patience?: number | undefined;
  /** Creates the tables that hold features. They are in memory unless given. */
  readonly createTable?: (() => FeatureTable) | undefined;
  /** Called after each photo's features, with the number of photos that are done. */
  readonly onImage?: ((done: number) => void) | undefined;
  /** Called after each epoch of learning. */
  readonly onEpoch?: ((epoch: Epoch) => void) | undefined;
}

/** The options for running the model. */
export const MODEL_OPTIONS = {
  ...ENGINE_OPTIONS,
  backend: true,
  memoryLimit: true,
  onCompile: true,
  variant: true,
  signal: true,
} as const;

const FINETUNE_OPTIONS: OptionNames<FinetuneOptions> = {
  ...MODEL_OPTIONS,
  ...LEARNING_OPTIONS,
  classes: true,
  validationSplit: true,
  augmentations: true,
  hiddenUnits: true,
  dropout: true,
  patience: true,
  createTable: true,
  onImage: true,
  onEpoch: true,
};

const DEFAULTS = {
  // Both work well on the features of Inception-v3. 0.045 is also the paper's value.
  learningRates: { rmsprop: 0.045, adam: 0.001 },
  epochs: 60,
  minBatchSize: 1,
};

/** Upper bound of a hidden layer's units: more weights would take over 128 MB. */
export const MAX_HIDDEN_UNITS = 2 ** 14;

const CANNOT = "learn";

/**
 * The options with defaults.
 *
 * @throws {ArgumentError} When one isn't valid; the text names it.
 */
export function finetuneSettings(options: FinetuneOptions) {
  assertOptions(CANNOT, options, FINETUNE_OPTIONS);
  const { classes, hiddenUnits, onImage, onEpoch } = options;
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
  const settings = {
    ...learningSettings(CANNOT, classes.length, options, DEFAULTS),
    classes,
    hiddenUnits: hiddenUnits === undefined ? [] : [hiddenUnits],
    validationSplit: options.validationSplit ?? 0.2,
    augmentations: options.augmentations ?? 4,
    dropout: options.dropout ?? 0,
    patience: options.patience ?? 10,
    createTable: options.createTable ?? memoryTable,
    onImage,
    onEpoch,
  };
  for (const name of ["validationSplit", "dropout"] as const) {
    assertArgument(
      isNumber(settings[name], (it) => it >= 0 && it < 1),
      `${CANNOT} as ${name} must be in [0, 1)`,
      settings[name],
    );
  }
  assertWhole(CANNOT, "augmentations", settings.augmentations, 1);
  assertWhole(CANNOT, "patience", settings.patience, 1);
  assertWhole(CANNOT, "hiddenUnits", hiddenUnits ?? 1, 1, MAX_HIDDEN_UNITS);
  assertFunctions(CANNOT, options, ["createTable", "onImage"]);
  return settings;
}
