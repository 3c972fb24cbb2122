import assert from "node:assert/strict";
import {
  createHead,
  type Dropout,
  fromWeights,
  headGradients,
  headLayers,
  headLogits,
  type HeadShape,
  toWeights,
} from "../../src/train/head.ts";
import {
  smoothLabel,
  softmaxCrossEntropy,
} from "../../src/train/label_smoothing.ts";
import { randomNumbers } from "../random.ts";

const FEATURES = Float32Array.of(
  0.5,
  1,
  2,
  1.5,
  0.2,
  0.1,
  0.3,
  0.9,
  1.1,
  2,
  1,
  0,
);
const TARGETS = [0, 1, 0, 1].map((label) =>
  smoothLabel(label, 2, { epsilon: 0.1 })
);

Deno.test("headLogits() runs dense layers, with a ReLU after all but the last", () => {
  const layers = [
    { kernel: Float32Array.of(1, 2, -1, -1), bias: Float32Array.of(0.5, 0) },
    { kernel: Float32Array.of(-3, 4), bias: Float32Array.of(1) },
  ];
  // Hidden: [5.5, 0], and [0, 2] for the second row.
  const logits = headLogits(layers, Float32Array.of(1, 2, -1, -1));
  assert.deepEqual([...logits], [-15.5, 9]);
});

Deno.test("headGradients() agrees with finite differences, with dropout as well", () => {
  for (const hiddenUnits of [[], [5], [4, 3]]) {
    for (const rate of [0, 0.5]) {
      checkGradients({ inputs: 3, hiddenUnits, classes: 2 }, rate);
    }
  }
});

function checkGradients(shape: HeadShape, rate: number): void {
  // Away from zero, where all logits are equal.
  const parameters = createHead(shape, randomNumbers(4))
    .map((it) => 3 * it + 0.1);
  /** The mean loss, and its gradients. */
  const run = (parameters: Float32Array<ArrayBuffer>) => {
    const gradients = new Float32Array(parameters.length).fill(NaN);
    // The same values are dropped each time.
    const dropout: Dropout = { rate, random: randomNumbers(5) };
    let loss = 0;
    headGradients(
      headLayers(shape, parameters),
      FEATURES,
      dropout,
      (logits) =>
        Float32Array.from(TARGETS.flatMap((target, row) => {
          const own = softmaxCrossEntropy(
            logits.subarray(2 * row, 2 * row + 2),
            target,
          );
          loss += own.loss / TARGETS.length;
          return [...own.gradient].map((it) => it / TARGETS.length);
        })),
      headLayers(shape, gradients),
    );
    return { loss, gradients };
  };
  const { gradients } = run(parameters);
  let size = 0;
  for (const [i, found] of gradients.entries()) {
    const lossAt = (step: number) => {
      const moved = parameters.slice();
      moved[i]! += step;
      return run(moved).loss;
    };
    const expected = (lossAt(1e-3) - lossAt(-1e-3)) / 2e-3;
    const message = `${shape.hiddenUnits}, ${rate}, ${i}: ${found} ${expected}`;
    assert.ok(Math.abs(found - expected) < 1e-3, message);
    size += Math.abs(found);
  }
  assert.ok(size > 0.5, `${size}`);
}

Deno.test("dropout leaves out its part of the last layer's inputs, and keeps their mean", () => {
  const shape = { inputs: 4000, hiddenUnits: [], classes: 1 };
  const layers = headLayers(shape, new Float32Array(4001).fill(1, 0, 4000));
  const features = new Float32Array(4000).fill(1);
  const sum = (rate: number) => {
    let sum = NaN;
    const dropout = { rate, random: randomNumbers(5) };
    headGradients(layers, features, dropout, (logits) => {
      sum = logits[0]!;
      return logits;
    }, headLayers(shape, new Float32Array(4001)));
    return sum;
  };
  assert.equal(sum(0), 4000);
  const dropped = sum(0.75);
  assert.notEqual(dropped, 4000);
  assert.ok(Math.abs(dropped - 4000) < 400, `${dropped}`);
  assert.equal(dropped % 4, 0); // Each kept value counts four times.
  assert.equal(headLogits(layers, features)[0], 4000);
});

Deno.test("a head becomes a network's layers and back unchanged, and repeats by its seed", () => {
  const shape = { inputs: 6, hiddenUnits: [4], classes: 3 };
  const parameters = createHead(shape, randomNumbers(8));
  assert.deepEqual(createHead(shape, randomNumbers(8)), parameters);
  assert.notDeepEqual(createHead(shape, randomNumbers(9)), parameters);
  const layers = headLayers(shape, parameters);
  const weights = toWeights(layers);
  assert.deepEqual([...weights.keys()], ["Logits/hidden_1", "Logits"]);
  assert.deepEqual(Array.from(weights.values(), fromWeights), layers);
  // `[inputs, units]`
  const [hidden] = layers;
  const { kernel } = weights.get("Logits/hidden_1")!;
  assert.equal(kernel[2 * 4 + 1], hidden!.kernel[1 * 6 + 2]);
});
