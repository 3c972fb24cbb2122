import assert from "node:assert/strict";
import {
  classActivationMap,
  poolCells,
} from "../../src/explain/class_activation_map.ts";

/** Two cells of three channels. */
const ACTIVATIONS = Float32Array.of(1, 0, 2, 3, 4, 0);

Deno.test("poolCells() gives the mean of each channel", () => {
  assert.deepEqual([...poolCells(ACTIVATIONS, 3)], [2, 2, 1]);
});

Deno.test("classActivationMap() has the logit, less its bias, as its mean", () => {
  const weights = Float32Array.of(1, -1, 0.5);
  const map = classActivationMap(ACTIVATIONS, weights);
  assert.deepEqual([...map], [2, -1]);
  const features = poolCells(ACTIVATIONS, 3);
  const logit = features.reduce((sum, it, i) => sum + it * weights[i]!, 0);
  assert.equal((map[0]! + map[1]!) / 2, logit);
});
