import assert from "node:assert/strict";
import { classTable } from "../../src/cli/class_table.ts";
import { confusionMatrix } from "../../src/evaluate/confusion_matrix.ts";

const LABELS = ["ant", "bee", "cat", "dog"];
/** Half of the ants are taken for bees, the dog for a cat, and there are no cats. */
const ANSWERS = [[0, 0], [0, 1], [0, 0], [0, 1], [1, 1], [3, 2]]
  .map(([actual, predicted]) => ({ actual: actual!, predicted: predicted! }));

Deno.test("classTable() aligns a line a class and one for all", () => {
  const labels = ["never", ...LABELS];
  const answers = ANSWERS.map((it) => ({
    actual: it.actual + 1,
    predicted: it.predicted + 1,
  }));
  assert.equal(
    classTable(confusionMatrix(labels, answers)),
    `\
class  images  right  recall  precision  most often taken for
ant         4      2   50.0%     100.0%  bee (2)
bee         1      1  100.0%      33.3%
cat         0      0       -       0.0%
dog         1      0    0.0%          -  cat (1)
all         6      3   50.0%`,
  );
});
