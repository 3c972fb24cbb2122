import assert from "node:assert/strict";
import { sigmoid, softmax } from "../../src/model/probabilities.ts";
import * as reference from "../backends/simd/kernels/reference.ts";
import { randomNumbers } from "../random.ts";

for (const [name, found] of Object.entries({ softmax, sigmoid })) {
  Deno.test(`${name}() gives the WASM kernel's probabilities`, () => {
    const random = randomNumbers(3);
    const logits = Float32Array.from(
      { length: 1000 },
      () => 40 * random() - 20,
    );
    const expected = reference[name as "softmax" | "sigmoid"](logits);
    for (const [i, it] of found(logits).entries()) {
      assert.ok(Math.abs(it - expected[i]!) <= 1e-6 * expected[i]!);
    }
  });
}

Deno.test("sigmoid() bears any logit", () => {
  const found = sigmoid(Float32Array.of(3e38, 0, -3e38, -0));
  assert.deepEqual([...found], [1, 0.5, 0, 0.5]);
});

Deno.test("softmax() bears logits that no power of e can be made of", () => {
  assert.deepEqual([...softmax(Float32Array.of(3e38, 0, -3e38))], [1, 0, 0]);
  assert.deepEqual([...softmax(Float32Array.of(-3e38))], [1]);
});
