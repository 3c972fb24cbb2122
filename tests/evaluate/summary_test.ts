import assert from "node:assert/strict";
import type { EvaluatedImage } from "../../src/evaluate/evaluate.ts";
import { summarize } from "../../src/evaluate/summary.ts";

const LABELS = ["a", "b", "c", "d", "e", "f", "g"];

function image(classes: number[], ...top: number[]): EvaluatedImage {
  return {
    name: `${classes}`,
    classes,
    top: top.map((index, i) => ({ index, probability: 0.5 / (i + 1) })),
    inference: 1,
  };
}

Deno.test("summarize() counts a right answer first, and among five", () => {
  const { images, top1, top5, confusion } = summarize(LABELS, [
    image([0], 0, 1, 2, 3, 4),
    image([1], 2, 3, 4, 5, 1),
    image([6], 0, 1, 2, 3, 4),
    image([5, 3], 3, 1, 2, 0, 4),
  ]);
  assert.equal(images, 4);
  assert.equal(top1, 2 / 4);
  assert.equal(top5, 3 / 4);
  const count = (actual: number, predicted: number) =>
    confusion.counts[actual * LABELS.length + predicted];
  assert.equal(count(0, 0), 1);
  assert.equal(count(1, 2), 1);
  assert.equal(count(6, 0), 1);
  // Any of an image's classes counts as right.
  assert.equal(count(3, 3), 1);
});

Deno.test("summarize() counts an image of several classes for its first if it is wrong", () => {
  const { confusion } = summarize(LABELS, [image([5, 3], 0, 1)]);
  assert.equal(confusion.counts[5 * LABELS.length], 1);
});

Deno.test("summarize() has no top-5 where five are all", () => {
  assert.equal(summarize(LABELS.slice(0, 5), [image([0], 1)]).top5, null);
});

Deno.test("summarize() measures calibration by the first answer", () => {
  const { calibration } = summarize(LABELS, [
    image([0], 0, 1),
    image([1], 0, 1),
    image([2], 0, 1),
  ]);
  assert.ok(Math.abs(calibration.error - (0.5 - 1 / 3)) < 1e-12);
});

Deno.test("summarize() refuses no answers, and answers of other classes", () => {
  assert.throws(() => summarize(LABELS, []), { name: "ArgumentError" });
  assert.throws(() => summarize(LABELS, [image([0], 7)]), {
    name: "ArgumentError",
  });
});
