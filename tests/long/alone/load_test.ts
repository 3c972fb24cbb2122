/**
 * Guarantees of a server under load, in a separate process, with the real network.
 */
import assert from "node:assert/strict";
import {
  hostileText,
  measureHostile,
  percentile,
  shareOf,
} from "../../../bench/hostile.ts";
import { measureLoad } from "../../../bench/load.ts";

/** `TOTEM_REQUESTS` overrides it. */
const REQUESTS = Number(Deno.env.get("TOTEM_REQUESTS") ?? 600);

Deno.test(`totem serve keeps its answers, bounds and memory over ${REQUESTS} requests of 32 clients`, async () => {
  const queue = 16;
  const threads = 2;
  const measure = async (requests: number) => {
    const figures = await measureLoad({ requests, threads, queue });
    const { counts, wrong } = figures;
    assert.deepEqual(wrong, []);
    assert.equal([...counts.values()].reduce((a, b) => a + b), requests);
    return figures;
  };
  const { memory, most, ...rates } = await measure(REQUESTS);
  // One more image is decoded while all threads compute.
  assert.ok(most.running <= threads + 1, `${most.running} ran`);
  assert.ok(most.waiting <= queue + threads + 1, `${most.waiting} waited`);
  const [, second, , last] = memory as [number, number, number, number];
  // 300 bodies in between would be 60 MB if they leaked; uncollected garbage is less.
  assert.ok(last < 1.1 * second, `${memory} bytes`);
  const isFast = ({ served, alone }: typeof rates) => served > 0.9 * alone;
  if (isFast(rates)) return;
  // Over twice as many requests, other work on the machine matters less.
  const again = await measure(2 * REQUESTS);
  const { served, alone } = again;
  assert.ok(isFast(again), `${served} of ${alone} images a second`);
});

Deno.test("totem serve answers honest clients beside idle, slow and hostile ones", async () => {
  const figures = await measureHostile({ seconds: 20, rounds: 2, threads: 2 });
  const { alone, abused, hostile, most, end } = figures;
  const text = hostileText(figures);
  // The bounds are wide, since test machines are busy; bench-load has the figures.
  assert.ok(shareOf(figures) > 0.6, text);
  assert.deepEqual([...alone.others, ...abused.others], [], text);
  assert.deepEqual([...alone.unhealthy, ...abused.unhealthy], [], text);
  assert.ok(percentile(abused.health, 0.99) < 1000, text);
  assert.ok(most.memory < 700 * 2 ** 20, text);
  for (const held of ["half head", "half body", "slow body"]) {
    assert.ok(hostile.get(`${held}: closed`)! > 0, text);
  }
  assert.equal(end.code, 0, text);
});
