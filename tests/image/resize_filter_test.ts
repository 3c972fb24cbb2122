import assert from "node:assert/strict";
import {
  CUBIC,
  type Kernel,
  mirrored,
  PRECISION_BITS,
  reach,
  resizeFilter,
  TRIANGLE,
} from "../../src/image/resize_filter.ts";

for (const [name, kernel] of Object.entries({ TRIANGLE, CUBIC })) {
  Deno.test(`resizeFilter() of ${name} weighs the inputs of each output to 1`, () => {
    const { weights, taps } = filter(10.5, 71.3, 9, kernel);
    for (let i = 0; i < 9; i++) {
      const sum = weights.subarray(i * taps, (i + 1) * taps)
        .reduce((sum, it) => sum + it, 0);
      assert.ok(Math.abs(sum / 2 ** PRECISION_BITS - 1) < 1e-5);
    }
  });

  Deno.test(`resizeFilter() of ${name} gives some of the outputs as it gives them all`, () => {
    const axis = { inputs: 97, offset: 0, length: 97, outputs: 41 };
    const all = resizeFilter(kernel, { ...axis, first: 0, size: 41 });
    const some = resizeFilter(kernel, { ...axis, first: 7, size: 20 });
    assert.equal(some.taps, all.taps);
    assert.deepEqual(some.starts, all.starts.slice(7, 27));
    assert.deepEqual(some.counts, all.counts.slice(7, 27));
    const { taps, weights } = all;
    assert.deepEqual(some.weights, weights.slice(7 * taps, 27 * taps));
  });
}

Deno.test("mirrored() of what is mirrored is what it was", () => {
  const given = filter(3, 90, 7);
  const once = mirrored(given, 100);
  assert.notDeepEqual(once, given);
  assert.deepEqual(mirrored(once, 100), given);
});

Deno.test("reach() goes from the first input to the last", () => {
  assert.deepEqual(reach(filter(0, 100, 10)), [0, 100]);
  assert.deepEqual(reach(filter(20, 60, 6)), [15, 85]);
  assert.deepEqual(reach(filter(20, 60, 6, CUBIC)), [5, 95]);
  assert.deepEqual(reach(mirrored(filter(20, 50, 5), 100)), [25, 85]);
});

/** The filter for `length` of 100 inputs from `offset` on, resized to `size`. */
function filter(
  offset: number,
  length: number,
  size: number,
  kernel: Kernel = TRIANGLE,
) {
  const part = { inputs: 100, offset, length };
  return resizeFilter(kernel, { ...part, outputs: size, first: 0, size });
}
