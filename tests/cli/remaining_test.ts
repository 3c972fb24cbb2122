import assert from "node:assert/strict";
import { remaining } from "../../src/cli/remaining.ts";

Deno.test("remaining() tells the rate, and the time that is left in fitting units", () => {
  assert.equal(remaining(10, 25, 5), "2.0 a second, 13 s left");
  assert.equal(remaining(10, 0, 4), "2.5 a second, 0 s left");
  assert.equal(remaining(1, 60, 1), "1.0 a second, 1 min left");
  assert.equal(remaining(1, 61, 1), "1.0 a second, 2 min left");
  assert.equal(remaining(1, 50_000, 1), "1.0 a second, 13 h 54 min left");
});

Deno.test("remaining() says nothing before anything is done", () => {
  assert.equal(remaining(0, 10, 3), "");
  assert.equal(remaining(5, 10, 0), "");
});
