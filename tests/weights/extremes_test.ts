import assert from "node:assert/strict";
import { extremes } from "../../src/weights/extremes.ts";

Deno.test("extremes() gives the least and the largest value", () => {
  const values = Float32Array.of(2, -3, 10, 0.5);
  assert.deepEqual(extremes(values), { least: -3, most: 10 });
  assert.deepEqual([...values], [2, -3, 10, 0.5]); // It isn't sorted in place.
});

Deno.test("extremes() says that a value isn't a number or isn't finite", () => {
  assert.deepEqual(extremes(Float32Array.of(NaN, 1, -1)), {
    least: -1,
    most: NaN,
  });
  assert.deepEqual(extremes(Float32Array.of(1, -Infinity, Infinity)), {
    least: -Infinity,
    most: Infinity,
  });
  assert.ok(Object.is(extremes(Float32Array.of(0, -0)).least, -0));
});
