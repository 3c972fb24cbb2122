import assert from "node:assert/strict";
import {
  mirrored,
  PRECISION_BITS,
  reach,
  triangleFilter,
} from "../../src/image/triangle_filter.ts";

Deno.test("triangleFilter() weighs the inputs of each output to 1", () => {
  const { weights, taps } = triangleFilter(100, 10.5, 71.3, 9);
  for (let i = 0; i < 9; i++) {
    const sum = weights.subarray(i * taps, (i + 1) * taps)
      .reduce((sum, it) => sum + it, 0);
    assert.ok(Math.abs(sum / 2 ** PRECISION_BITS - 1) < 1e-5);
  }
});

Deno.test("mirrored() of what is mirrored is what it was", () => {
  const filter = triangleFilter(100, 3, 90, 7);
  const once = mirrored(filter, 100);
  assert.notDeepEqual(once, filter);
  assert.deepEqual(mirrored(once, 100), filter);
});

Deno.test("reach() goes from the first input to the last", () => {
  assert.deepEqual(reach(triangleFilter(100, 0, 100, 10)), [0, 100]);
  assert.deepEqual(reach(triangleFilter(100, 20, 60, 6)), [15, 85]);
  assert.deepEqual(
    reach(mirrored(triangleFilter(100, 20, 50, 5), 100)),
    [25, 85],
  );
});
