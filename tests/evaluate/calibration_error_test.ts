import assert from "node:assert/strict";
import {
  calibrationError,
  type Confidence,
} from "../../src/evaluate/calibration_error.ts";
import { randomNumbers } from "../random.ts";

const answer = (probability: number, isRight: boolean): Confidence => ({
  probability,
  isRight,
});

Deno.test("calibrationError() is the gap between probability and accuracy, as by hand", () => {
  const { error, bins } = calibrationError([
    answer(0.95, true),
    answer(0.85, true),
    answer(0.85, false),
    answer(0.3, false),
  ], 10);
  // Bins (0.9, 1], (0.8, 0.9] and (0.2, 0.3].
  const expected = (0.05 * 1 + Math.abs(0.5 - 0.85) * 2 + 0.3) / 4;
  assert.ok(Math.abs(error - expected) < 1e-12);
  assert.equal(bins.length, 10);
  assert.deepEqual({ ...bins[8], confidence: null }, {
    from: 0.8,
    to: 0.9,
    images: 2,
    accuracy: 0.5,
    confidence: null,
  });
  assert.deepEqual(bins[0], {
    from: 0,
    to: 0.1,
    images: 0,
    accuracy: null,
    confidence: null,
  });
});

Deno.test("calibrationError() agrees with the sum over bins of its definition", () => {
  const random = randomNumbers(5);
  const answers = Array.from(
    { length: 300 },
    () => answer(random(), random() < 0.7),
  );
  let expected = 0;
  for (let bin = 0; bin < 15; bin++) {
    const inside = answers.filter(({ probability }) =>
      probability > bin / 15 && probability <= (bin + 1) / 15
    );
    if (inside.length === 0) continue;
    const accuracy = inside.filter(({ isRight }) => isRight).length /
      inside.length;
    const confidence = inside.reduce((sum, it) => sum + it.probability, 0) /
      inside.length;
    expected += inside.length / 300 * Math.abs(accuracy - confidence);
  }
  assert.ok(Math.abs(calibrationError(answers).error - expected) < 1e-12);
});

Deno.test("calibrationError() is 0 of a model that is right as often as it says", () => {
  const certain = Array.from({ length: 8 }, () => answer(1, true));
  assert.equal(calibrationError(certain).error, 0);
  const halves = [answer(0.5, true), answer(0.5, false)];
  assert.equal(calibrationError(halves).error, 0);
});

Deno.test("calibrationError() counts 0 and a rounding error above 1", () => {
  const { bins } = calibrationError([answer(0, false), answer(1.000001, true)]);
  assert.equal(bins[0]!.images, 1);
  assert.equal(bins.at(-1)!.images, 1);
});

Deno.test("calibrationError() refuses no answers, and what isn't a probability", () => {
  assert.throws(() => calibrationError([]), { name: "ArgumentError" });
  for (const probability of [-0.1, 1.1, NaN]) {
    assert.throws(
      () => calibrationError([answer(probability, true)]),
      { name: "ArgumentError" },
    );
  }
});
