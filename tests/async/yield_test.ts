import assert from "node:assert/strict";
import { AbortedError } from "../../src/errors.ts";
import { startTimeSlice } from "../../src/async/yield.ts";

Deno.test("a time slice isn't over at once, nor after a yield", async () => {
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  try {
    const timeSlice = startTimeSlice();
    assert.ok(!timeSlice.isOver());
    time = 17;
    assert.ok(timeSlice.isOver());
    await timeSlice.yield();
    assert.ok(!timeSlice.isOver());
  } finally {
    performance.now = now;
  }
});

Deno.test("yield() lets timers run, and throws once the signal has fired", async () => {
  const controller = new AbortController();
  const timeSlice = startTimeSlice(controller.signal);
  await timeSlice.yield();
  setTimeout(() => controller.abort("reason"), 0);
  await assert.rejects(
    timeSlice.yield(),
    (error) => error instanceof AbortedError && error.cause === "reason",
  );
});

Deno.test("of several tasks one runs between two rounds of events", async () => {
  let round = 0;
  let ended = false;
  const count = () => {
    round++;
    if (!ended) setTimeout(count, 0);
  };
  count();
  const turns: [work: string, round: number][] = [];
  await Promise.all(["a", "b", "c"].map(async (work) => {
    const timeSlice = startTimeSlice();
    for (let i = 0; i < 5; i++) {
      await timeSlice.yield();
      turns.push([work, round]);
      const end = performance.now() + 5;
      while (performance.now() < end);
    }
  }));
  ended = true;
  for (const work of ["a", "b", "c"]) {
    assert.equal(turns.filter((it) => it[0] === work).length, 5);
  }
  const rounds = new Set(turns.map((it) => it[1]));
  assert.ok(rounds.size >= 8, JSON.stringify(turns));
});
