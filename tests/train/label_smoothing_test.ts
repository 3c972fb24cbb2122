import assert from "node:assert/strict";
import {
  smoothLabel,
  softmaxCrossEntropy,
} from "../../src/train/label_smoothing.ts";
import { randomNumbers } from "../random.ts";

const PRIORS = [0.5, 0.2, 0.3, 0];

Deno.test("smoothLabel() gives (1 - e) d(k, y) + e / K", () => {
  assert.deepEqual(
    [...smoothLabel(2, 4, { epsilon: 0.25 })],
    [0.0625, 0.0625, 0.8125, 0.0625],
  );
  assert.deepEqual([...smoothLabel(0, 2, { epsilon: 0 })], [1, 0]);
});

Deno.test("smoothLabel() gives what it takes from the label to priors", () => {
  assert.deepEqual(
    [...smoothLabel(3, 4, { epsilon: 0.5, priors: PRIORS })],
    [0.25, 0.1, 0.15, 0.5],
  );
});

Deno.test("the smoothed loss is (1 - e) H(d, p) + e H(u, p)", () => {
  for (const priors of [undefined, PRIORS]) {
    for (const epsilon of [0, 0.1, 0.9]) {
      const logits = randomLogits(4, 7);
      const label = smoothLabel(1, 4, { epsilon, priors });
      const { loss } = softmaxCrossEntropy(logits, label);

      const exps = logits.map(Math.exp);
      const sum = exps.reduce((a, b) => a + b);
      const p = exps.map((it) => it / sum);
      const uniform = [0.25, 0.25, 0.25, 0.25];
      const entropyToPriors = -(priors ?? uniform).reduce(
        (sum, u, k) => sum + u * Math.log(p[k]!),
        0,
      );
      const expected = (1 - epsilon) * -Math.log(p[1]!) +
        epsilon * entropyToPriors;
      assert.ok(Math.abs(loss - expected) < 1e-12, `${loss} ${expected}`);
    }
  }
});

Deno.test("the gradient p - q' agrees with finite differences and adds up to zero", () => {
  const logits = randomLogits(5, 3);
  const label = smoothLabel(4, 5, { epsilon: 0.1 });
  const { gradient } = softmaxCrossEntropy(logits, label);
  for (const k of logits.keys()) {
    const moved = (by: number) =>
      softmaxCrossEntropy(logits.with(k, logits[k]! + by), label).loss;
    const difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
    assert.ok(Math.abs(gradient[k]! - difference) < 1e-9, `class ${k}`);
  }
  assert.ok(Math.abs(gradient.reduce((a, b) => a + b)) < 1e-12);
});

Deno.test("softmaxCrossEntropy() stays finite at large logits", () => {
  const { loss, gradient } = softmaxCrossEntropy([1000, -1000], [1, 0]);
  assert.equal(loss, 0);
  assert.deepEqual([...gradient], [0, 0]);
  assert.equal(softmaxCrossEntropy([1000, -1000], [0, 1]).loss, 2000);
});

Deno.test("smoothing is refused where it makes no sense", () => {
  const cases: [arguments: Parameters<typeof smoothLabel>, message: RegExp][] =
    [
      [[0, 1, { epsilon: 0.1 }], /number of classes .* >= 2: .* 1$/],
      [[0, 0, { epsilon: 0.1 }], /number of classes .* >= 2: .* 0$/],
      [[0, 2.5, { epsilon: 0.1 }], /number of classes .* >= 2: .* 2\.5$/],
      [[0, 2, { epsilon: 1 }], /epsilon must be in \[0, 1\).*is 1/],
      [[0, 2, { epsilon: -0.1 }], /epsilon must be in \[0, 1\)/],
      [[0, 2, { epsilon: NaN }], /epsilon must be in \[0, 1\)/],
      [[2, 2, { epsilon: 0.1 }], /label must .* in 0\.\.1: .* 2$/],
      [[-1, 2, { epsilon: 0.1 }], /label must .* -1$/],
      [[0, 2, { epsilon: 0.1, priors: [1] }], /2 classes with 1 priors/],
      [
        [0, 2, { epsilon: 0.1, priors: [0.5, 0.6] }],
        /sum of priors must be 1: .* 1\.1/,
      ],
      [
        [0, 2, { epsilon: 0.1, priors: [1.5, -0.5] }],
        /class 1 must be >= 0: .* -0\.5/,
      ],
      [
        [0, 2, { epsilon: 0.1, priors: [NaN, 1] }],
        /class 0 must be >= 0: .* NaN/,
      ],
    ];
  for (const [given, message] of cases) {
    assert.throws(() => smoothLabel(...given), {
      name: "ArgumentError",
      message,
    });
  }
  assert.throws(() => softmaxCrossEntropy([1, 2], [1]), {
    name: "ArgumentError",
  });
});

function randomLogits(count: number, seed: number): number[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => 6 * random() - 3);
}
