import assert from "node:assert/strict";
import { Pace } from "../../src/server/pace.ts";

Deno.test("a sender of some KiB a second is quick enough, and may pause", () => {
  const pace = new Pace();
  for (let window = 0; window < 10; window++) {
    pace.add(8 * 2 ** 10);
    for (let tick = 0; tick < 3; tick++) assert.equal(pace.tick(false), false);
  }
});

Deno.test("a sender of a byte a second is too slow after three ticks", () => {
  const pace = new Pace();
  const ticks = [1, 2, 3].map(() => {
    pace.add(2);
    return pace.tick(false);
  });
  assert.deepEqual(ticks, [false, false, true]);
  assert.ok(pace.isTooSlow);
});

Deno.test("what came at first doesn't excuse what comes later", () => {
  const pace = new Pace();
  pace.add(2 ** 24);
  for (let tick = 0; tick < 3; tick++) assert.equal(pace.tick(false), false);
  for (let tick = 0; tick < 2; tick++) assert.equal(pace.tick(false), false);
  assert.equal(pace.tick(false), true);
});

Deno.test("where others wait, a tick of little is one too many", () => {
  const quick = new Pace();
  quick.add(2 ** 18);
  assert.equal(quick.tick(true), false);
  const slow = new Pace();
  slow.add(2 ** 14);
  assert.equal(slow.tick(true), true);
});

Deno.test("a sender that has to wait isn't judged, nor for the tick in which it goes on", () => {
  const pace = new Pace();
  pace.pause();
  for (let tick = 0; tick < 10; tick++) assert.equal(pace.tick(true), false);
  pace.resume();
  assert.equal(pace.tick(true), false);
  assert.equal(pace.tick(true), true);
});
