import assert from "node:assert/strict";
import { joinBytes } from "../../src/io/join_bytes.ts";

Deno.test("joinBytes() gives the bytes of all parts in order, in an array of their own", () => {
  const first = Uint8Array.of(1, 2);
  const joined = joinBytes([first, [], [3], Uint8Array.of(4, 5)]);
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3, 4, 5));
  assert.deepEqual(joinBytes([]), new Uint8Array(0));
  assert.notEqual(joinBytes([first]).buffer, first.buffer);
});
