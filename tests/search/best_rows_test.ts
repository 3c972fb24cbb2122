import assert from "node:assert/strict";
import { bestRows } from "../../src/search/best_rows.ts";
import { randomNumbers } from "../random.ts";

Deno.test("bestRows() keeps what sorting all would put first", () => {
  const random = randomNumbers(5);
  for (const limit of [1, 2, 3, 10, 99, 100, 1000]) {
    // So few distinct values that many are equal.
    const scores = Array.from({ length: 100 }, () => Math.floor(random() * 20));
    const best = bestRows(limit);
    scores.forEach((score, row) => best.offer(row, score));
    const expected = scores.map((score, row) => ({ row, score }))
      .sort((a, b) => b.score - a.score || a.row - b.row).slice(0, limit);
    assert.deepEqual(best.sorted(), expected);
  }
});

Deno.test("bestRows() of nothing are none", () => {
  assert.deepEqual(bestRows(3).sorted(), []);
});

Deno.test("bestRows() says what a score must be more than", () => {
  const best = bestRows(2);
  best.offer(0, 5);
  assert.equal(best.least, -Infinity);
  best.offer(1, 3);
  assert.equal(best.least, 3);
  best.offer(2, 4);
  assert.equal(best.least, 4);
});
