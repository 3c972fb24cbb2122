import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { loadTfjs } from "../../src/backends/tfjs/load_tfjs.ts";
import {
  smoothLabel,
  softmaxCrossEntropy,
} from "../../src/train/label_smoothing.ts";
import { softmaxLoss } from "../../src/train/training_step.ts";
import { checkGradients } from "./gradients.ts";

await loadTfjs("wasm");
await tf.setBackend("wasm");

const LOGITS = [[1, 2], [-1, 3], [0, 0], [5, -5]];
const TARGETS = [0, 1, 0, 1].map((label) => [
  ...smoothLabel(label, 2, { epsilon: 0.1 }),
]);

Deno.test("softmaxLoss() is the mean of the images' losses, by weight", () => {
  const loss = tf.tidy(() =>
    softmaxLoss(tf, [
      { logits: tf.tensor2d(LOGITS), weight: 1 },
      { logits: tf.tensor2d(LOGITS), weight: 0.4 },
    ], tf.tensor2d(TARGETS)).dataSync()[0]!
  );
  const losses = LOGITS.map((it, i) =>
    softmaxCrossEntropy(it, TARGETS[i]!).loss
  );
  const expected = 1.4 * losses.reduce((a, b) => a + b) / 4;
  assert.ok(Math.abs(loss - expected) < 1e-6, `${loss} ${expected}`);
});

Deno.test("softmaxLoss()'s gradient agrees with finite differences", async () => {
  const [main, auxiliary] = [tf.tensor2d(LOGITS), tf.tensor2d(LOGITS)];
  const targets = tf.tensor2d(TARGETS);
  await checkGradients(
    tf,
    new Map([["main", main], ["auxiliary", auxiliary]]),
    (logits) =>
      softmaxLoss(tf, [
        { logits: logits.get("main") as typeof targets, weight: 1 },
        { logits: logits.get("auxiliary") as typeof targets, weight: 0.4 },
      ], targets),
  );
  tf.dispose([main, auxiliary, targets]);
});
