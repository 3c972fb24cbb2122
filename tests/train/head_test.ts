import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { loadTfjs } from "../../src/backends/tfjs/load_tfjs.ts";
import {
  createHead,
  headOf,
  runHead,
  weightsOf,
} from "../../src/train/head.ts";
import {
  smoothLabel,
  softmaxCrossEntropy,
} from "../../src/train/label_smoothing.ts";
import { softmaxLoss } from "../../src/train/layers/loss.ts";
import { disposeAll, mapTensors } from "../../src/train/parameters.ts";
import { randomNumbers } from "../random.ts";
import { checkGradients } from "./gradients.ts";

await loadTfjs("wasm");
await tf.setBackend("wasm");

const FEATURES = [[0.5, 1, 2], [1.5, 0.2, 0.1], [0.3, 0.9, 1.1], [2, 1, 0]];
const TARGETS = [0, 1, 0, 1].map((label) => [
  ...smoothLabel(label, 2, { epsilon: 0.1 }),
]);

Deno.test("a head's gradients agree with finite differences, and with p - q'", async () => {
  for (const hiddenUnits of [[], [5], [4, 3]]) {
    const shape = { inputs: 3, hiddenUnits, classes: 2 };
    const created = createHead(tf, shape, randomNumbers(4));
    // Away from zero, where logits are all alike.
    const head = mapTensors(tf, created, (it) => tf.add(tf.mul(it, 3), 0.1));
    disposeAll(created);
    const features = tf.tensor2d(FEATURES);
    await checkGradients(tf, head, (head) =>
      softmaxLoss(tf, [
        { logits: runHead(tf, shape, head, features), weight: 1 },
        { logits: runHead(tf, shape, head, features), weight: 0.4 },
      ], tf.tensor2d(TARGETS)));
    disposeAll(head);
    features.dispose();
  }
});

Deno.test("softmaxLoss() is the mean of the images' losses, by weight", () => {
  const logits = [[1, 2], [-1, 3], [0, 0], [5, -5]];
  const loss = tf.tidy(() =>
    softmaxLoss(tf, [
      { logits: tf.tensor2d(logits), weight: 1 },
      { logits: tf.tensor2d(logits), weight: 0.4 },
    ], tf.tensor2d(TARGETS)).dataSync()[0]!
  );
  const losses = logits.map((it, i) =>
    softmaxCrossEntropy(it, TARGETS[i]!).loss
  );
  const expected = 1.4 * losses.reduce((a, b) => a + b) / 4;
  assert.ok(Math.abs(loss - expected) < 1e-6, `${loss} ${expected}`);
});

Deno.test("dropout leaves out its part while learning, and keeps the mean", () => {
  const shape = { inputs: 4000, hiddenUnits: [], classes: 1 };
  const head = new Map([
    ["Logits.kernel", tf.ones([4000, 1])],
    ["Logits.bias", tf.zeros([1])],
  ]);
  const features = tf.ones([1, 4000]) as ReturnType<typeof tf.tensor2d>;
  const sum = (rate: number) =>
    tf.tidy(() =>
      runHead(tf, shape, head, features, { rate, random: randomNumbers(5) })
        .dataSync()[0]!
    );
  assert.equal(sum(0), 4000);
  const dropped = sum(0.75);
  assert.notEqual(dropped, 4000);
  assert.ok(Math.abs(dropped - 4000) < 400, `${dropped}`);
  assert.equal(dropped % 4, 0); // Each that is kept counts four times.
  disposeAll(head);
  features.dispose();
});

Deno.test("a head's gradients with dropout agree with finite differences", async () => {
  const shape = { inputs: 3, hiddenUnits: [8], classes: 2 };
  const head = createHead(tf, shape, randomNumbers(4));
  const features = tf.tensor2d(FEATURES);
  await checkGradients(tf, head, (head) => {
    // The same are dropped each time.
    const dropped = { rate: 0.5, random: randomNumbers(5) };
    const logits = runHead(tf, shape, head, features, dropped);
    return softmaxLoss(tf, [{ logits, weight: 1 }], tf.tensor2d(TARGETS));
  });
  disposeAll(head);
  features.dispose();
});

Deno.test("a head goes to arrays and back unchanged, and repeats by its seed", () => {
  const shape = { inputs: 6, hiddenUnits: [4], classes: 3 };
  const head = createHead(tf, shape, randomNumbers(8));
  const layers = weightsOf(shape, head);
  assert.deepEqual([...layers.keys()], ["Logits/hidden_1", "Logits"]);
  const again = createHead(tf, shape, randomNumbers(8));
  assert.deepEqual(weightsOf(shape, again), layers);
  const back = headOf(tf, layers);
  assert.deepEqual(weightsOf(shape, back), layers);
  for (const it of [head, again, back]) disposeAll(it);
});
