import {
  classScores,
  type ConfusionMatrix,
  withoutEmptyClasses,
} from "../evaluate/confusion_matrix.ts";
import { alignRows } from "../text/text_table.ts";
import { percent, percentOrDash } from "../text/numbers.ts";

/**
 * A plain-text table: one row per class that occurs in the images or the predictions, and
 * one for the total.
 */
export function classTable(matrix: ConfusionMatrix): string {
  const scores = classScores(withoutEmptyClasses(matrix));
  const images = scores.reduce((sum, it) => sum + it.images, 0);
  const correct = scores.reduce((sum, it) => sum + it.correct, 0);
  const rows = [
    ["class", "images", "right", "recall", "precision", "most often taken for"],
    ...scores.map((it) => [
      it.label,
      `${it.images}`,
      `${it.correct}`,
      percentOrDash(it.recall),
      percentOrDash(it.precision),
      it.takenFor ? `${it.takenFor.label} (${it.takenFor.images})` : "",
    ]),
    ["all", `${images}`, `${correct}`, percent(correct / images), "", ""],
  ];
  return alignRows(
    rows,
    ["left", "right", "right", "right", "right", "left"],
  ).join("\n");
}
