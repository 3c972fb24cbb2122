import assert from "node:assert/strict";
import { moveTowards } from "../../src/train/move_distributions.ts";

/** Batch norm's trained parameters and old statistics, for one channel. */
const [BETA, GAMMA, OLD_MEAN, OLD_VARIANCE] = [0.3, 1.7, -0.4, 2.5];

Deno.test("moveTowards() is batch norm with statistics that moved by momentum", () => {
  const norm = (x: number, mean: number, variance: number) =>
    GAMMA * (x - mean) / Math.sqrt(variance) + BETA;
  const [measuredMean, measuredVariance] = [0.9, 0.6];
  for (const momentum of [0.1, 0.5, 1]) {
    const blend = (from: number, to: number) =>
      (1 - momentum) * from + momentum * to;
    const { factor, term } = moveTowards(
      {
        mean: Float32Array.of(norm(measuredMean, OLD_MEAN, OLD_VARIANCE)),
        variance: Float32Array.of(
          GAMMA ** 2 * measuredVariance / OLD_VARIANCE,
        ),
      },
      { mean: Float32Array.of(BETA), variance: Float32Array.of(GAMMA ** 2) },
      momentum,
    );
    for (const x of [-3, 0, 2]) {
      const found = factor[0]! * norm(x, OLD_MEAN, OLD_VARIANCE) + term[0]!;
      const expected = norm(
        x,
        blend(OLD_MEAN, measuredMean),
        blend(OLD_VARIANCE, measuredVariance),
      );
      assert.ok(Math.abs(found - expected) < 1e-5, `${found}, ${expected}`);
    }
  }
});

Deno.test("moveTowards() leaves a channel that is where it should be, constant or not", () => {
  const there = {
    mean: Float32Array.of(0.5, -1),
    variance: Float32Array.of(0, 2),
  };
  const { factor, term } = moveTowards(there, there, 1);
  assert.deepEqual([...factor], [1, 1]);
  assert.deepEqual([...term], [0, 0]);
});
