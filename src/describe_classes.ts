import {
  type Classification,
  type ClassLogit,
  DEFAULT_THRESHOLD,
} from "./classification.ts";
import { percent } from "./text/numbers.ts";
import { printable } from "./text/printable.ts";

/**
 * Answers for people: one line per class, or a line which states that no class is likely
 * enough. Logits are shown with a sign, to distinguish them from percentages.
 *
 * @param threshold The requested threshold.
 */
export function classLines(
  classes: readonly (Classification | ClassLogit)[],
  threshold: number = DEFAULT_THRESHOLD,
): string[] {
  if (classes.length === 0) {
    return [`no label reaches ${Number((100 * threshold).toPrecision(6))}%`];
  }
  return classes.map((it) => {
    const value = "logit" in it
      ? signed(it.logit).padStart(8)
      : percent(it.probability).padStart(6);
    return `${value}  ${printable(it.label)}`;
  });
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
}
