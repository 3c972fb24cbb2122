import assert from "node:assert/strict";
import { createTurns } from "../../../src/backends/webgpu/turns.ts";

Deno.test("use() gives each place to one at a time, in the order of asking", async () => {
  const turns = createTurns(2);
  const taken = new Set<number>();
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      turns.use(async (place) => {
        assert.ok(!taken.has(place));
        taken.add(place);
        order.push(i);
        await new Promise((resolve) => setTimeout(resolve, i % 3));
        taken.delete(place);
      })),
  );
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.equal(order.length, 10);
});

Deno.test("use() gives a place back when an action fails", async () => {
  const turns = createTurns(1);
  const failing = turns.use(() => Promise.reject(new Error("no")));
  const next = turns.use((place) => Promise.resolve(place));
  await assert.rejects(failing, /no/);
  assert.equal(await next, 0);
});
