import assert from "node:assert/strict";
import {
  accuracy,
  classScores,
  confusionMatrix,
  withoutEmptyClasses,
} from "../../src/evaluate/confusion_matrix.ts";
import { randomNumbers } from "../random.ts";

const LABELS = ["ant", "bee", "cat", "dog"];
/** Half of the ants are taken for bees, the dog for a cat, and there are no cats. */
const ANSWERS = [[0, 0], [0, 1], [0, 0], [0, 1], [1, 1], [3, 2]]
  .map(([actual, predicted]) => ({ actual: actual!, predicted: predicted! }));

Deno.test("confusionMatrix() counts answers in the row of the true class", () => {
  const { labels, counts } = confusionMatrix(LABELS, ANSWERS);
  assert.equal(labels, LABELS);
  assert.deepEqual(
    [...counts],
    [2, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
  );
});

Deno.test("confusionMatrix() refuses no answers, and answers without a label", () => {
  assert.throws(() => confusionMatrix(LABELS, []), { name: "ArgumentError" });
  for (const index of [-1, 4, 0.5, NaN]) {
    for (const key of ["actual", "predicted"]) {
      const answer = { actual: 0, predicted: 0, [key]: index };
      assert.throws(() => confusionMatrix(LABELS, [answer]), {
        name: "ArgumentError",
        message:
          `Cannot count an answer of class ${index}: there are 4 classes`,
      });
    }
  }
});

Deno.test("accuracy() is the part of right answers", () => {
  assert.equal(accuracy(confusionMatrix(LABELS, ANSWERS)), 3 / 6);
});

Deno.test("classScores() gives recall, precision and what a class is taken for", () => {
  const [ant, bee, cat, dog] = classScores(confusionMatrix(LABELS, ANSWERS));
  assert.deepEqual(ant, {
    label: "ant",
    images: 4,
    answered: 2,
    correct: 2,
    recall: 0.5,
    precision: 1,
    takenFor: { label: "bee", images: 2 },
  });
  assert.equal(bee!.precision, 1 / 3);
  assert.equal(bee!.takenFor, null);
  assert.deepEqual([cat!.recall, cat!.precision], [null, 0]);
  assert.deepEqual([dog!.recall, dog!.precision], [0, null]);
});

Deno.test("classScores() add up to the answers, whatever these are", () => {
  const random = randomNumbers(3);
  const pick = () => Math.floor(random() * LABELS.length);
  const answers = Array.from(
    { length: 500 },
    () => ({ actual: pick(), predicted: pick() }),
  );
  const matrix = confusionMatrix(LABELS, answers);
  for (const [i, score] of classScores(matrix).entries()) {
    const shown = answers.filter(({ actual }) => actual === i);
    const answered = answers.filter(({ predicted }) => predicted === i);
    const correct = shown.filter(({ predicted }) => predicted === i).length;
    assert.equal(score.images, shown.length);
    assert.equal(score.recall, correct / shown.length);
    assert.equal(score.precision, correct / answered.length);
    const most = Math.max(
      ...LABELS.keys().filter((it) => it !== i).map((other) =>
        shown.filter(({ predicted }) => predicted === other).length
      ),
    );
    assert.equal(score.takenFor!.images, most);
  }
});

Deno.test("withoutEmptyClasses() leaves out what neither is shown nor answered", () => {
  const labels = ["?", ...LABELS, "never"];
  const answers = ANSWERS.map((it) => ({
    actual: it.actual + 1,
    predicted: it.predicted + 1,
  }));
  assert.deepEqual(
    withoutEmptyClasses(confusionMatrix(labels, answers)),
    confusionMatrix(LABELS, ANSWERS),
  );
});
