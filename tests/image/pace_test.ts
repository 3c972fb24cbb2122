import assert from "node:assert/strict";
import { AbortedError } from "../../src/errors.ts";
import { startPace } from "../../src/image/pace.ts";

Deno.test("a pace isn't due at once, and after a pause not again", async () => {
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  try {
    const pace = startPace();
    assert.ok(!pace.isDue());
    time = 17;
    assert.ok(pace.isDue());
    await pace.pause();
    assert.ok(!pace.isDue());
  } finally {
    performance.now = now;
  }
});

Deno.test("a pause lets timers run, and ends in an error once the signal fired", async () => {
  const controller = new AbortController();
  const pace = startPace(controller.signal);
  await pace.pause();
  setTimeout(() => controller.abort("reason"), 0);
  await assert.rejects(
    pace.pause(),
    (error) => error instanceof AbortedError && error.cause === "reason",
  );
});
