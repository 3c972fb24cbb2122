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

Deno.test("of several works one has its turn between two rounds of events", async () => {
  let round = 0;
  let ended = false;
  const count = () => {
    round++;
    if (!ended) setTimeout(count, 0);
  };
  count();
  const turns: [work: string, round: number][] = [];
  await Promise.all(["a", "b", "c"].map(async (work) => {
    const pace = startPace();
    for (let i = 0; i < 5; i++) {
      await pace.pause();
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
