import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import { foldBatchNorm } from "../../src/weights/fold_batch_norm.ts";

Deno.test("foldBatchNorm() gives the convolution that equals both", () => {
  const kernel = Float32Array.of(1, 2, 3, 4, 5, 6); // 3 inputs, 2 channels
  const bias = Float32Array.of(0.5, -0.5);
  const norm = {
    gamma: Float32Array.of(2, 0.5),
    beta: Float32Array.of(-1, 1),
    mean: Float32Array.of(3, -3),
    variance: Float32Array.of(4, 0.25),
    epsilon: 0.001,
  };
  const x = [0.25, -2, 7];
  const expected = [0, 1].map((c) => {
    const conv = x.reduce((sum, it, i) => sum + it * kernel[i * 2 + c]!, 0) +
      bias[c]!;
    return norm.gamma[c]! * (conv - norm.mean[c]!) /
        Math.sqrt(norm.variance[c]! + norm.epsilon) + norm.beta[c]!;
  });
  const folded = foldBatchNorm("conv", { kernel, bias }, norm);
  for (const c of [0, 1]) {
    const found = x.reduce(
      (sum, it, i) => sum + it * folded.kernel[i * 2 + c]!,
      folded.bias[c]!,
    );
    assert.ok(Math.abs(found - expected[c]!) < 1e-5);
  }
});

Deno.test("foldBatchNorm() takes an absent gamma as 1 and beta as 0", () => {
  const { kernel, bias } = foldBatchNorm("conv", {
    kernel: Float32Array.of(6),
    bias: Float32Array.of(0),
  }, {
    mean: Float32Array.of(1),
    variance: Float32Array.of(3),
    epsilon: 1,
  });
  assert.deepEqual([...kernel, ...bias], [3, -0.5]);
});

Deno.test("foldBatchNorm() names the layer and channel of a bad variance", () => {
  for (const bad of [-1, NaN, Infinity]) {
    assert.throws(
      () =>
        foldBatchNorm("Conv2d_1a_3x3", {
          kernel: new Float32Array(2),
          bias: new Float32Array(2),
        }, {
          mean: new Float32Array(2),
          variance: Float32Array.of(1, bad),
          epsilon: 0.001,
        }),
      (error) => {
        assert.ok(error instanceof CorruptWeightsError);
        assert.match(error.message, /"Conv2d_1a_3x3".*channel 1/);
        return true;
      },
    );
  }
});
