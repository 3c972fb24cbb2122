import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { randomNumbers } from "../../../random.ts";
import { BUILDS, kernelsOf, prepare } from "./kernels.ts";
import { sigmoid, softmax } from "./reference.ts";
import { filled } from "../../../filled.ts";

const cases = fc.record({
  count: fc.integer({ min: 1, max: 1001 }),
  // The scale of the logits: from all equal to so large that all probabilities but one
  // are 0.
  scale: fc.constantFrom(0, 1e-3, 1, 20, 500, 3e38),
  seed: fc.nat(),
}).map(({ count, scale, seed }) => {
  const random = randomNumbers(seed);
  return filled(Float32Array, count, () => scale * (2 * random() - 1));
});

for (const [kind, reference] of Object.entries({ softmax, sigmoid })) {
  Deno.test(`${kind}() equals the reference`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...BUILDS), cases, (build, logits) => {
        const bench = prepare(kernelsOf(build));
        const input = bench.put(logits);
        const output = bench.claim(logits.byteLength);
        const fields = { input, output, count: logits.length };
        bench.run(kind as "softmax" | "sigmoid", 1, fields, (memory) => {
          memory.set(new Uint8Array(reference(logits).buffer), output);
        });
      }),
      { numRuns: 150 },
    );
  });
}

Deno.test("sigmoid()'s reference gives what Math.exp() gives, as f32", () => {
  fc.assert(fc.property(cases, (logits) => {
    for (const [i, found] of sigmoid(logits).entries()) {
      const expected = 1 / (1 + Math.exp(-logits[i]!));
      const error = Math.abs(found - expected);
      assert.ok(error <= 2e-7 * expected + 1e-44, `${found}: ${expected}`);
    }
  }));
});

Deno.test("softmax()'s reference gives what Math.exp() gives, as f32", () => {
  fc.assert(fc.property(cases, (logits) => {
    const most = Math.max(...logits);
    const powers = Array.from(logits, (it) => Math.exp(it - most));
    const sum = powers.reduce((sum, it) => sum + it);
    const found = softmax(logits);
    for (const [i, it] of powers.entries()) {
      const expected = it / sum;
      const error = Math.abs(found[i]! - expected);
      assert.ok(error <= 2e-7 * expected + 1e-44, `${found[i]}: ${expected}`);
    }
  }));
});
