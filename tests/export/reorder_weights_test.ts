import assert from "node:assert/strict";
import { reorderWeights } from "../../src/export/reorder_weights.ts";

const HWIO = [2, 3, 4, 5];

/** Weights that encode their original indices: h, w, i and o as digits. */
const weights = Float32Array.from({ length: 120 }, (_, at) => {
  const [h, w] = [Math.floor(at / 60), Math.floor(at / 20) % 3];
  return h * 1000 + w * 100 + (Math.floor(at / 5) % 4) * 10 + at % 5;
});

Deno.test("reorderWeights() brings the outputs to the front", () => {
  const oihw = reorderWeights(weights, HWIO, [3, 2, 0, 1]);
  let at = 0;
  for (let o = 0; o < 5; o++) {
    for (let i = 0; i < 4; i++) {
      for (let h = 0; h < 2; h++) {
        for (let w = 0; w < 3; w++) {
          assert.equal(oihw[at++], h * 1000 + w * 100 + i * 10 + o);
        }
      }
    }
  }
});

Deno.test("reorderWeights() leaves an order as it is", () => {
  assert.deepEqual(reorderWeights(weights, HWIO, [0, 1, 2, 3]), weights);
});

Deno.test("reorderWeights() keeps int8", () => {
  const codes = Int8Array.of(-1, 2, -3, 4);
  const reordered = reorderWeights(codes, [1, 1, 2, 2], [3, 2, 0, 1]);
  assert.deepEqual(reordered, Int8Array.of(-1, -3, 2, 4));
});
