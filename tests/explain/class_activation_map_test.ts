import assert from "node:assert/strict";
import { poolCells } from "../../src/explain/class_activation_map.ts";

/** Two cells of three channels. */
const ACTIVATIONS = Float32Array.of(1, 0, 2, 3, 4, 0);

Deno.test("poolCells() gives the mean or the highest of each channel, or all activations", () => {
  const features = (pooling: "mean" | "max" | "flatten") => [
    ...poolCells(ACTIVATIONS, 3, pooling).features,
  ];
  assert.deepEqual(features("mean"), [2, 2, 1]);
  assert.deepEqual(features("max"), [3, 4, 2]);
  assert.deepEqual(features("flatten"), [...ACTIVATIONS]);
});

Deno.test("a class activation map has the logit, less its bias, as its mean", () => {
  for (
    const [pooling, gradient, expected] of [
      ["mean", [1, -1, 0.5], [2, -1]],
      ["max", [1, -1, 0.5], [2 * 2 * 0.5, 2 * (3 - 4)]],
      ["flatten", [1, -1, 0.5, 2, 1, 1], [2 * (1 + 1), 2 * (6 + 4)]],
    ] as const
  ) {
    const pooled = poolCells(ACTIVATIONS, 3, pooling);
    const map = pooled.mapOf(Float32Array.from(gradient));
    assert.deepEqual([...map], expected, pooling);
    const logit = gradient.reduce(
      (sum, it, i) => sum + it * pooled.features[i]!,
      0,
    );
    assert.equal((map[0]! + map[1]!) / 2, logit);
  }
});

Deno.test("a map of maxima is of the first of equal cells", () => {
  const { mapOf } = poolCells(Float32Array.of(5, 5), 1, "max");
  assert.deepEqual([...mapOf(Float32Array.of(1))], [10, 0]);
});
