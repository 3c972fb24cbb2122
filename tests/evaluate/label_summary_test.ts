import assert from "node:assert/strict";
import type { EvaluatedImage } from "../../src/evaluate/evaluate.ts";
import { summarize } from "../../src/evaluate/summary.ts";
import { summarizeLabels } from "../../src/evaluate/label_summary.ts";

function image(classes: number[], ...probabilities: number[]): EvaluatedImage {
  return { name: "", classes, top: [], probabilities, inference: 1 };
}

function assertClose(found: number | null | undefined, expected: number) {
  assert.ok(
    typeof found === "number" && Math.abs(found - expected) < 1e-12,
    `${found} isn't ${expected}`,
  );
}

const LABELS = ["a", "b", "c", "d"];

/** No image has "c" or "d"; "d" is predicted once. */
const IMAGES = [
  image([0], 0.9, 0.2, 0.1, 0.1),
  image([0, 1], 0.6, 0.7, 0.05, 0.6),
  image([1], 0.6, 0.4, 0.2, 0.1),
  image([], 0.1, 0.1, 0.1, 0.1),
  image([0], 0.3, 0.55, 0.2, 0.1),
  image([1], 0.45, 0.8, 0.3, 0.2),
  image([1, 0], 0.75, 0.4, 0.1, 0.3),
  image([], 0.5, 0.3, 0.1, 0.2),
];

Deno.test("summarizeLabels() gives scikit-learn's scores of each label", () => {
  const [a, b, c, d] = summarizeLabels(LABELS, IMAGES).labels;
  // By hand: 5 of 8 probabilities of "a" reach 0.5; 3 of them are right, of 4 images.
  assert.equal(a!.label, "a");
  assert.deepEqual([a!.images, a!.answered, a!.correct], [4, 5, 3]);
  assertClose(a!.precision, 3 / 5);
  assertClose(a!.recall, 3 / 4);
  assertClose(a!.f1, 2 / 3);
  // Thresholds 0.9, 0.75, 0.6 (a tie of a right and a wrong one) and 0.3.
  assertClose(a!.averagePrecision, 1 / 4 + 1 / 4 + 3 / 4 / 4 + 4 / 7 / 4);
  assertClose(a!.averagePrecision, 0.8303571428571428);
  assertClose(a!.rocAuc, 0.78125);
  assert.deepEqual([b!.images, b!.answered, b!.correct], [4, 3, 2]);
  assertClose(b!.f1, 0.5714285714285714);
  assertClose(b!.averagePrecision, 0.9);
  assertClose(b!.rocAuc, 0.875);
  assert.deepEqual(c, {
    label: "c",
    images: 0,
    answered: 0,
    correct: 0,
    precision: null,
    recall: null,
    f1: null,
    averagePrecision: null,
    rocAuc: null,
  });
  assert.deepEqual([d!.precision, d!.recall, d!.f1], [0, null, 0]);
});

Deno.test("summarizeLabels() gives scikit-learn's scores of all labels", () => {
  const summary = summarizeLabels(LABELS, IMAGES);
  assert.equal(summary.images, 8);
  assert.equal(summary.threshold, 0.5);
  assertClose(summary.macroF1, 0.4126984126984127); // zero_division=nan
  assertClose(summary.micro.precision, 5 / 9);
  assertClose(summary.micro.recall, 5 / 8);
  assertClose(summary.micro.f1, 0.5882352941176471);
  assertClose(summary.meanAveragePrecision, 0.8651785714285714);
  assertClose(summary.exactMatch, 3 / 8); // accuracy_score
});

Deno.test("summarizeLabels() gives what scikit-learn's documentation shows", () => {
  // average_precision_score and roc_auc_score
  const { labels: [score] } = summarizeLabels(["a"], [
    image([], 0.1),
    image([], 0.4),
    image([0], 0.35),
    image([0], 0.8),
  ]);
  assertClose(score!.averagePrecision, 5 / 6);
  assertClose(score!.rocAuc, 0.75);
  // f1_score of several labels
  const { labels, macroF1 } = summarizeLabels(["a", "b", "c"], [
    image([], 0, 0, 0),
    image([0, 1, 2], 1, 1, 1),
    image([1, 2], 1, 1, 0),
  ]);
  assert.deepEqual(labels.map(({ f1 }) => f1), [2 / 3, 1, 2 / 3]);
  assertClose(macroF1, 7 / 9);
});

Deno.test("summarizeLabels() counts a probability that equals the threshold", () => {
  const at = (threshold: number) =>
    summarizeLabels(["a"], [image([0], 0.25), image([], 0.2)], threshold);
  assert.equal(at(0.25).exactMatch, 1);
  assert.equal(at(0.25).labels[0]!.answered, 1);
  assert.equal(at(0.3).exactMatch, 0.5);
  assert.equal(at(0.2).labels[0]!.precision, 0.5);
  assert.equal(at(0).labels[0]!.answered, 2);
});

Deno.test("summarizeLabels() measures calibration by each label of each image", () => {
  const { calibration } = summarizeLabels(["a", "b"], [
    image([0], 0.8, 0.1),
    image([0], 0.8, 0.1),
    image([], 0.8, 0.1),
  ]);
  const used = calibration.bins.filter(({ images }) => images > 0);
  assert.deepEqual(used.map(({ images }) => images), [3, 3]);
  assertClose(used[1]!.accuracy, 2 / 3);
  assertClose(calibration.error, (0.1 + Math.abs(0.8 - 2 / 3)) / 2);
});

Deno.test("summarizeLabels() has no area where all images have the label, nor average precision where none has", () => {
  const all = summarizeLabels(["a"], [image([0], 0.1), image([0], 0.9)]);
  assert.equal(all.labels[0]!.rocAuc, null);
  assert.equal(all.labels[0]!.averagePrecision, 1);
  const none = summarizeLabels(["a"], [image([], 0.1), image([], 0.2)]);
  assert.equal(none.labels[0]!.rocAuc, null);
  assert.equal(none.meanAveragePrecision, null);
  assert.equal(none.macroF1, null);
  assert.equal(none.exactMatch, 1);
});

Deno.test("summarizeLabels() refuses what it can't sum up", () => {
  const { probabilities: _, ...softmax } = image([0], 0.5, 0.5);
  const cases: [() => unknown, RegExp][] = [
    [() => summarizeLabels(["a"], []), /there are no answers/],
    [() => summarizeLabels(["a", "b"], [image([0], 1)]), /for a model with a/],
    [
      () => summarizeLabels(["a", "b"], [softmax]),
      /for a model with a sigmoid/,
    ],
    [
      () => summarizeLabels(["a"], [image([0], 1)], 2),
      /threshold must be .* 2$/,
    ],
    [() => summarizeLabels(["a"], [image([0], 1)], NaN), /0\.\.1/],
    [
      () => summarize(["a", "b"], [image([0], 0.5, 0.5)]),
      /each image must have one class: summarizeLabels\(\) takes several/,
    ],
  ];
  for (const [sumUp, message] of cases) {
    assert.throws(sumUp, { name: "ArgumentError", message });
  }
});
