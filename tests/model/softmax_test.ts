import assert from "node:assert/strict";
import { softmax } from "../../src/model/softmax.ts";
import { softmax as reference } from "../backends/simd/kernels/reference.ts";
import { randomNumbers } from "../random.ts";

Deno.test("softmax() gives the WASM kernel's probabilities", () => {
  const random = randomNumbers(3);
  const logits = Float32Array.from({ length: 1000 }, () => 40 * random() - 20);
  const expected = reference(logits);
  for (const [i, found] of softmax(logits).entries()) {
    assert.ok(Math.abs(found - expected[i]!) <= 1e-6 * expected[i]!);
  }
});

Deno.test("softmax() bears logits that no power of e can be made of", () => {
  assert.deepEqual([...softmax(Float32Array.of(3e38, 0, -3e38))], [1, 0, 0]);
  assert.deepEqual([...softmax(Float32Array.of(-3e38))], [1]);
});
