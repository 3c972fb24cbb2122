/**
 * Label-smoothing regularization (arXiv 1512.00567, section 7).
 *
 * @module
 */
import {
  assertArgument,
  assertNames,
  assertWhole,
  isNumber,
  isObject,
  type OptionNames,
} from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** Options of label smoothing. */
export interface LabelSmoothing {
  /** The fraction of a label's weight to distribute over all classes, in [0, 1). */
  readonly epsilon: number;
  /**
   * `u(k)`, the share of each class: values >= 0 that add up to 1. Equal unless given.
   */
  readonly priors?: ArrayLike<number> | undefined;
}

const NAMES: OptionNames<LabelSmoothing> = { epsilon: true, priors: true };

/** The paper's value for 1000 classes. */
export const PAPER_EPSILON = 0.1;

/**
 * The smoothed distribution of a label: `q'(k) = (1 - e) * d(k, y) + e * u(k)`.
 *
 * @param label The class `y`, in `0..classes - 1`.
 * @param classes The number of classes, at least 2.
 * @returns One value a class, with the sum 1.
 * @throws {ArgumentError} When a number is out of range, or the priors aren't a
 * distribution over the classes.
 *
 * @example
 * ```ts
 * import { smoothLabel } from "@totem/inception/train";
 * console.log(smoothLabel(2, 4, { epsilon: 0.1 })); // [0.025, 0.025, 0.925, 0.025]
 * ```
 */
export function smoothLabel(
  label: number,
  classes: number,
  smoothing: LabelSmoothing,
): Float64Array<ArrayBuffer> {
  assertSmoothing(classes, smoothing);
  assertWhole("smooth labels", "label", label, 0, classes - 1);
  const { epsilon, priors } = smoothing;
  return Float64Array.from(
    { length: classes },
    (_, k) =>
      (k === label ? 1 - epsilon : 0) +
      epsilon * (priors === undefined ? 1 / classes : priors[k]!),
  );
}

/** A loss and its gradient with respect to the logits. */
export interface LossAndGradient {
  /** In nats, >= 0. */
  readonly loss: number;
  /** One value per class; they add up to 0. */
  readonly gradient: Float64Array<ArrayBuffer>;
}

/**
 * The cross-entropy `H(q, p)` between a distribution over classes and the softmax `p`
 * of logits, and its gradient `p - q`.
 *
 * @param logits One value per class.
 * @param target The distribution `q`, such as the result of {@linkcode smoothLabel}.
 * @throws {ArgumentError} When their lengths differ.
 */
export function softmaxCrossEntropy(
  logits: ArrayLike<number>,
  target: ArrayLike<number>,
): LossAndGradient {
  for (const [name, values] of Object.entries({ logits, target })) {
    assertArgument(
      isObject(values) && Number.isInteger(values.length),
      `measure a loss as ${name} must be an array of numbers`,
      values,
    );
  }
  if (logits.length !== target.length) {
    throw new ArgumentError(
      `Cannot compare ${logits.length} logits with a distribution over ${target.length} classes`,
    );
  }
  const values = Float64Array.from(logits);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = values.reduce((sum, it) => sum + Math.exp(it - largest), 0);
  const logSum = largest + Math.log(sum);
  let loss = 0;
  const gradient = values.map((value, k) => {
    const logProbability = value - logSum;
    if (target[k]! > 0) loss -= target[k]! * logProbability;
    return Math.exp(logProbability) - target[k]!;
  });
  return { loss, gradient };
}

/** @throws {ArgumentError} When labels of `classes` classes can't be smoothed like this. */
export function assertSmoothing(
  classes: number,
  smoothing: LabelSmoothing,
): void {
  assertArgument(
    isObject(smoothing),
    "smooth labels as labelSmoothing must be an object, { epsilon }",
    smoothing,
  );
  assertNames("smooth labels as labelSmoothing has no", smoothing, NAMES);
  const { epsilon, priors } = smoothing;
  assertWhole("smooth labels", "the number of classes", classes, 2);
  assertArgument(
    isNumber(epsilon, (it) => it >= 0 && it < 1),
    "smooth labels as epsilon must be in [0, 1)",
    epsilon,
  );
  if (priors === undefined) return;
  assertArgument(
    isObject(priors),
    "smooth labels as priors must be an array of numbers",
    priors,
  );
  if (priors.length !== classes) {
    throw new ArgumentError(
      `Cannot smooth labels of ${classes} classes with ${priors.length} priors`,
    );
  }
  let sum = 0;
  for (const [k, prior] of Array.from(priors).entries()) {
    assertArgument(
      prior >= 0,
      `smooth labels as the prior of class ${k} must be >= 0`,
      prior,
    );
    sum += prior;
  }
  assertArgument(
    Math.abs(sum - 1) < 1e-6, // f32 priors may be off by rounding.
    "smooth labels as the sum of priors must be 1",
    sum,
  );
}
