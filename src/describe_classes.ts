/**
 * Answers for people.
 *
 * @module
 */
import {
  type Classification,
  type ClassLogit,
  DEFAULT_THRESHOLD,
} from "./classification.ts";
import { percent } from "./text/numbers.ts";
import { printable } from "./text/printable.ts";

/**
 * A line for each class, or one that says that no class is likely enough.
 *
 * @param threshold That which was asked for.
 */
export function classLines(
  classes: readonly Classification[],
  threshold = DEFAULT_THRESHOLD,
): string[] {
  if (classes.length === 0) {
    return [`no label reaches ${Number((100 * threshold).toPrecision(6))}%`];
  }
  return classes.map(({ label, probability }) =>
    `${percent(probability).padStart(6)}  ${printable(label)}`
  );
}

/** A line for each class, with a sign, which tells logits from percentages. */
export function logitLines(classes: readonly ClassLogit[]): string[] {
  return classes.map(({ label, logit }) => {
    const sign = logit < 0 ? "" : "+";
    return `${`${sign}${logit.toFixed(3)}`.padStart(8)}  ${printable(label)}`;
  });
}
