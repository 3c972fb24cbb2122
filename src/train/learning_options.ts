import { expectArgument, expectChoice, isNumber } from "../argument.ts";
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
export function expectLearning(
  cannot: string,
  { optimizer, learningRate, seed }: LearningOptions,
): void {
  expectChoice(cannot, "optimizer", optimizer, ["rmsprop", "adam"]);
  expectArgument(
    isNumber(learningRate, (it) => it > 0 && it < Infinity),
    `${cannot} as learningRate must be finite and > 0`,
    learningRate,
  );
  expectArgument(
    Number.isSafeInteger(seed),
    `${cannot} as seed must be a whole number`,
    seed,
  );
}
