import assert from "node:assert/strict";
import { withTimeout } from "../../src/async/timeout.ts";

const never = () => new Promise<never>(() => {});
const late = () => new Error("late");

Deno.test("withTimeout() gives the outcome of work that is in time", async () => {
  assert.equal(await withTimeout(60_000, Promise.resolve(1), late), 1);
  const fault = new Error("its own");
  await assert.rejects(withTimeout(60_000, Promise.reject(fault), late), fault);
  assert.equal(await withTimeout(Infinity, Promise.resolve(2), late), 2);
});

Deno.test("withTimeout() fails when work is late, and lets what becomes of it pass", async () => {
  await assert.rejects(withTimeout(1, never(), late), /^Error: late$/);
  const { promise, reject } = Promise.withResolvers<never>();
  await assert.rejects(withTimeout(1, promise, late), /^Error: late$/);
  reject(new Error("nobody waits for this"));
  await new Promise((resolve) => setTimeout(resolve));
});
