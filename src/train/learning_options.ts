/**
 * Options shared by `finetune` and `trainNetwork`.
 *
 * @module
 */
import {
  assertArgument,
  assertChoice,
  assertFunctions,
  assertSignal,
  assertWhole,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import {
  assertSmoothing,
  type LabelSmoothing,
  PAPER_EPSILON,
} from "./label_smoothing.ts";
import type { OptimizerRule } from "./optimizer.ts";

/** Options for training weights. */
export interface LearningOptions {
  /** Label smoothing; by default 0.1, spread evenly over all classes. */
  readonly labelSmoothing?: LabelSmoothing | undefined;
  /** `"rmsprop"`, as in the paper, unless given. */
  readonly optimizer?: OptimizerRule | undefined;
  /**
   * The initial learning rate, which is multiplied by 0.94 every two epochs. By default
   * the paper's 0.045, or 0.001 in `finetune` with Adam.
   */
  readonly learningRate?: number | undefined;
  /** Images per step; the paper's 32 unless given. At least 2 in `trainNetwork`. */
  readonly batchSize?: number | undefined;
  /**
   * The number of passes through all images. By default, at most 60 in `finetune`, and
   * 100 in `trainNetwork`.
   */
  readonly epochs?: number | undefined;
  /** The seed of all random numbers; 1 unless given. */
  readonly seed?: number | undefined;
  /** Aborts the training. */
  readonly signal?: AbortSignal | undefined;
}

export const LEARNING_OPTIONS: OptionNames<LearningOptions> = {
  labelSmoothing: true,
  optimizer: true,
  learningRate: true,
  batchSize: true,
  epochs: true,
  seed: true,
  signal: true,
};

/** Defaults that differ between `finetune` and `trainNetwork`. */
interface LearningDefaults {
  readonly learningRates: Readonly<Record<OptimizerRule, number>>;
  readonly epochs: number;
  readonly minBatchSize: number;
}

/**
 * The options with defaults.
 *
 * @throws {ArgumentError} When one isn't valid; the text names it.
 */
export function learningSettings(
  cannot: string,
  classes: number,
  options: LearningOptions & { readonly onEpoch?: unknown },
  defaults: LearningDefaults,
) {
  const { optimizer = "rmsprop", signal } = options;
  assertChoice(cannot, "optimizer", optimizer, ["rmsprop", "adam"]);
  const settings = {
    labelSmoothing: options.labelSmoothing ?? { epsilon: PAPER_EPSILON },
    optimizer,
    learningRate: options.learningRate ?? defaults.learningRates[optimizer],
    batchSize: options.batchSize ?? 32,
    epochs: options.epochs ?? defaults.epochs,
    seed: options.seed ?? 1,
    signal,
  };
  const { learningRate, batchSize, epochs, seed } = settings;
  assertSmoothing(classes, settings.labelSmoothing);
  assertArgument(
    isNumber(learningRate, (it) => it > 0 && it < Infinity),
    `${cannot} as learningRate must be finite and > 0`,
    learningRate,
  );
  assertWhole(cannot, "batchSize", batchSize, defaults.minBatchSize);
  assertWhole(cannot, "epochs", epochs, 1);
  assertArgument(
    Number.isSafeInteger(seed),
    `${cannot} as seed must be a whole number`,
    seed,
  );
  assertSignal(cannot, signal);
  assertFunctions(cannot, options, ["onEpoch"]);
  return settings;
}
