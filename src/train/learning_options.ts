import { assertArgument, assertChoice, isNumber } from "../argument.ts";
import type { OptimizerRule } from "./optimizer.ts";

/** What everything that learns is told. */
export interface LearningOptions {
  /** The optimizer's rule. */
  readonly optimizer?: OptimizerRule | undefined;
  /** At the first step. */
  readonly learningRate: number;
  /** Decides all that is random. */
  readonly seed: number;
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When one isn't valid.
 */
export function assertLearning(
  cannot: string,
  { optimizer, learningRate, seed }: LearningOptions,
): void {
  assertChoice(cannot, "optimizer", optimizer, ["rmsprop", "adam"]);
  assertArgument(
    isNumber(learningRate, (it) => it > 0 && it < Infinity),
    `${cannot} as learningRate must be finite and > 0`,
    learningRate,
  );
  assertArgument(
    Number.isSafeInteger(seed),
    `${cannot} as seed must be a whole number`,
    seed,
  );
}
