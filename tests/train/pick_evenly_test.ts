import assert from "node:assert/strict";
import { pickEvenly } from "../../src/train/pick_evenly.ts";

Deno.test("pickEvenly() takes from all over the order, each at most once", () => {
  assert.deepEqual(pickEvenly([0, 1, 2, 3, 4, 5, 6], 3), [0, 2, 4]);
  const items = Array.from({ length: 101 }, (_, i) => i);
  const picked = pickEvenly(items, 100);
  assert.equal(new Set(picked).size, 100);
  assert.deepEqual(pickEvenly(items, 101), items);
  assert.deepEqual(pickEvenly([], 3), []);
});
