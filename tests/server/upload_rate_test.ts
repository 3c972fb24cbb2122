import assert from "node:assert/strict";
import { UploadRate } from "../../src/server/body_memory.ts";

Deno.test("a sender of some KiB a second is quick enough, and may pause", () => {
  const rate = new UploadRate();
  for (let window = 0; window < 10; window++) {
    rate.add(8 * 2 ** 10);
    for (let tick = 0; tick < 3; tick++) assert.equal(rate.tick(false), false);
  }
});

Deno.test("a sender of a byte a second is too slow after three ticks", () => {
  const rate = new UploadRate();
  const ticks = [1, 2, 3].map(() => {
    rate.add(2);
    return rate.tick(false);
  });
  assert.deepEqual(ticks, [false, false, true]);
  assert.ok(rate.isTooSlow);
});

Deno.test("what came at first doesn't excuse what comes later", () => {
  const rate = new UploadRate();
  rate.add(2 ** 24);
  for (let tick = 0; tick < 3; tick++) assert.equal(rate.tick(false), false);
  for (let tick = 0; tick < 2; tick++) assert.equal(rate.tick(false), false);
  assert.equal(rate.tick(false), true);
});

Deno.test("where others wait, a tick of little is one too many", () => {
  const quick = new UploadRate();
  quick.add(2 ** 18);
  assert.equal(quick.tick(true), false);
  const slow = new UploadRate();
  slow.add(2 ** 14);
  assert.equal(slow.tick(true), true);
});

Deno.test("a sender that has to wait isn't judged, nor for the tick in which it goes on", () => {
  const rate = new UploadRate();
  rate.pause();
  for (let tick = 0; tick < 10; tick++) assert.equal(rate.tick(true), false);
  rate.resume();
  assert.equal(rate.tick(true), false);
  assert.equal(rate.tick(true), true);
});
