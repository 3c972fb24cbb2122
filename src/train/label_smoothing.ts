/**
 * Label-smoothing regularization (arXiv 1512.00567, section 7): a network that is
 * asked for less than full confidence learns to adapt.
 *
 * @module
 */
import {
  assertArgument,
  assertNames,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** How labels are smoothed. */
export interface LabelSmoothing {
  /** The part of a label's weight that goes to all classes, in [0, 1). */
  readonly epsilon: number;
  /**
   * `u(k)`, how that part is shared out: one value a class, each >= 0, adding up
   * to 1. The same for each class unless given.
   */
  readonly priors?: ArrayLike<number> | undefined;
}

const NAMES: OptionNames<LabelSmoothing> = { epsilon: true, priors: true };

/** What the paper trains with, for 1000 classes. */
export const PAPER_EPSILON = 0.1;

/**
 * The distribution that a network is asked for when the class is `label`:
 * `q'(k) = (1 - e) * d(k, y) + e * u(k)`, with `u(k) = 1 / K` unless priors are
 * given.
 *
 * @param label The class `y`, a whole number in `0..classes - 1`.
 * @param classes The number of classes `K`, at least 2.
 * @returns One value a class; they add up to 1.
 * @throws {ArgumentError} When a number is outside its range, or the priors aren't
 * a distribution over the classes.
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
  if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
    throw new ArgumentError(
      `Cannot smooth the label ${label} as it must be a whole number in 0..${
        classes - 1
      }`,
    );
  }
  const { epsilon, priors } = smoothing;
  return Float64Array.from(
    { length: classes },
    (_, k) =>
      (k === label ? 1 - epsilon : 0) +
      epsilon * (priors === undefined ? 1 / classes : priors[k]!),
  );
}

/** A loss, and how it changes with the logits. */
export interface LossAndGradient {
  /** In nats, >= 0. */
  readonly loss: number;
  /** One value a class; they add up to 0. */
  readonly gradient: Float64Array<ArrayBuffer>;
}

/**
 * The cross-entropy `H(q, p)` between a distribution over classes and the softmax
 * `p` of a network's logits, and its gradient `p - q`.
 *
 * With `q` smoothed it is `(1 - e) * H(d, p) + e * H(u, p)`: the loss on the label
 * itself, and one for straying from the priors.
 *
 * @param logits One value a class.
 * @param target `q`, such as {@linkcode smoothLabel} gives it.
 * @throws {ArgumentError} When there are more or fewer values in one than in the other.
 */
export function softmaxCrossEntropy(
  logits: ArrayLike<number>,
  target: ArrayLike<number>,
): LossAndGradient {
  for (const [name, values] of Object.entries({ logits, target })) {
    assertArgument(
      typeof values === "object" && values !== null &&
        Number.isInteger(values.length),
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

/**
 * Checks how labels of `classes` classes are to be smoothed.
 *
 * @throws {ArgumentError} When it can't be done; the text says why.
 */
export function assertSmoothing(
  classes: number,
  smoothing: LabelSmoothing,
): void {
  assertArgument(
    typeof smoothing === "object" && smoothing !== null,
    "smooth labels as labelSmoothing must be an object, { epsilon }",
    smoothing,
  );
  assertNames("smooth labels as labelSmoothing has no", smoothing, NAMES);
  const { epsilon, priors } = smoothing;
  if (!(Number.isInteger(classes) && classes >= 2)) {
    throw new ArgumentError(
      `Cannot smooth labels as there must be >= 2 classes to tell apart: there ${
        classes === 1 ? "is 1" : `are ${classes}`
      }`,
    );
  }
  assertArgument(
    isNumber(epsilon, (it) => it >= 0 && it < 1),
    "smooth labels as epsilon must be in [0, 1)",
    epsilon,
  );
  if (priors === undefined) return;
  assertArgument(
    typeof priors === "object" && priors !== null,
    "smooth labels as priors must be an array of numbers",
    priors,
  );
  if (priors.length !== classes) {
    throw new ArgumentError(
      `Cannot smooth labels of ${classes} classes with ${priors.length} priors`,
    );
  }
  let sum = 0;
  for (let k = 0; k < classes; k++) {
    if (!(priors[k]! >= 0)) {
      throw new ArgumentError(
        `Cannot smooth labels as priors must be >= 0: that of class ${k} is ${
          priors[k]
        }`,
      );
    }
    sum += priors[k]!;
  }
  if (Math.abs(sum - 1) < 1e-6) return; // f32 priors round off so much.
  throw new ArgumentError(
    `Cannot smooth labels as priors must add up to 1: their sum is ${sum}`,
  );
}
