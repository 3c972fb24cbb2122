import assert from "node:assert/strict";
import { runHead } from "../../src/explain/head_gradient.ts";
import { randomNumbers } from "../random.ts";

const WIDTHS = [12, 9, 7, 4];

Deno.test("runHead() gives a linear head's logits, and its weights as the gradient", () => {
  const layer = {
    kernel: Float32Array.of(1, 2, 3, 4, 5, 6),
    bias: Float32Array.of(10, -20),
  };
  const head = runHead([layer], Float32Array.of(1, 0, -1));
  assert.deepEqual([...head.logits], [10 + 1 - 5, -20 + 2 - 6]);
  assert.deepEqual([...head.gradient(0)], [1, 3, 5]);
  assert.deepEqual([...head.gradient(1)], [2, 4, 6]);
});

Deno.test("runHead() gives the gradient that finite differences find, through two hidden layers", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = randomNumbers(seed);
    const floats = (length: number) =>
      Float32Array.from({ length }, () => random() - 0.5);
    const layers = WIDTHS.slice(1).map((units, i) => ({
      kernel: floats(WIDTHS[i]! * units),
      bias: floats(units),
    }));
    const features = floats(WIDTHS[0]!);
    const { gradient } = runHead(layers, features);
    // ReLU is linear on either side, so a step may be large, which suits f32.
    const step = 1e-3;
    for (let logit = 0; logit < WIDTHS.at(-1)!; logit++) {
      for (const [i, found] of gradient(logit).entries()) {
        const at = (change: number) => {
          const moved = features.slice();
          moved[i]! += change;
          return runHead(layers, moved).logits[logit]!;
        };
        const expected = (at(step) - at(-step)) / (2 * step);
        assert.ok(Math.abs(found - expected) < 1e-3, `${seed}: ${i}, ${logit}`);
      }
    }
  }
});

Deno.test("runHead() sends nothing back through units that ReLU shut", () => {
  const shut = { kernel: Float32Array.of(1), bias: Float32Array.of(-5) };
  const last = { kernel: Float32Array.of(3), bias: Float32Array.of(0.5) };
  const { logits, gradient } = runHead([shut, last], Float32Array.of(2));
  assert.deepEqual([...logits], [0.5]);
  assert.deepEqual([...gradient(0)], [0]);
});
