import assert from "node:assert/strict";
import { recentRate } from "../../src/batch/recent_rate.ts";

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** Shards of 100 images that were finished the given minutes ago. */
function done(...minutesAgo: readonly number[]) {
  return minutesAgo.map((it) => ({ modified: NOW - it * MINUTE, images: 100 }));
}

Deno.test("a steady worker has the rate of its shards", () => {
  const shards = done(9, 1, 3, 5, 7);
  assert.equal(recentRate(shards, NOW), 100 / 120);
});

Deno.test("workers that end together aren't taken for faster ones", () => {
  // Five workers with 100 images each in ten minutes: 50 per minute.
  const burst = (ago: number) =>
    done(...[0, 1, 2, 3, 4].map((it) => ago - it / 100));
  const three = [...burst(21), ...burst(11), ...burst(1)];
  const rate = recentRate(three, NOW)!;
  assert.ok(Math.abs(rate * 60 - 50) < 0.5, `${rate * 60}`);
  assert.equal(recentRate(burst(1), NOW), undefined);
});

Deno.test("what was done long ago doesn't count", () => {
  // A fast night, then one worker with 100 images per minute.
  const night = done(...Array.from({ length: 500 }, (_, i) => 300 + i / 100));
  const day = done(...Array.from({ length: 60 }, (_, i) => i));
  assert.equal(recentRate([...night, ...day], NOW), 100 / 60);
});

Deno.test("shards that take hours have a rate, too", () => {
  assert.equal(recentRate(done(360, 240, 120), NOW), 100 / 7200);
});

Deno.test("there is no rate at the start, nor when nothing was done recently", () => {
  assert.equal(recentRate([], NOW), undefined);
  assert.equal(recentRate(done(1), NOW), undefined);
  assert.equal(recentRate(done(0.1, 0.5), NOW), undefined);
  assert.equal(recentRate(done(40, 41, 42), NOW), undefined);
  assert.notEqual(recentRate(done(2, 3, 4), NOW), undefined);
});

Deno.test("a clock that is behind changes nothing", () => {
  assert.equal(recentRate(done(-5, -7, -9), NOW), 100 / 120);
  assert.equal(recentRate(done(0, 0, 0), NOW), undefined);
});
