import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { Pool } from "../../src/async/pool.ts";

Deno.test("use() gives each item to one action at a time, in the order of asking", async () => {
  const pool = new Pool(["a", "b"]);
  const taken = new Set<string>();
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      pool.use(async (item) => {
        assert.ok(!taken.has(item));
        taken.add(item);
        order.push(i);
        await new Promise((resolve) => setTimeout(resolve, i % 3));
        taken.delete(item);
      })),
  );
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.equal(order.length, 10);
});

Deno.test("use() takes an item back when an action fails", async () => {
  const pool = new Pool([0]);
  const failing = pool.use(() => Promise.reject(new Error("no")));
  const throwing = pool.use(() => {
    throw new Error("at once");
  });
  const next = pool.use((item) => Promise.resolve(item));
  await assert.rejects(failing, /no/);
  await assert.rejects(throwing, /at once/);
  assert.equal(await next, 0);
});

Deno.test("use() begins at once where an item is free, and tells who waited", async () => {
  const pool = new Pool([0]);
  let begun = false;
  const first = pool.use((_, waited) => {
    begun = true;
    return Promise.resolve(waited);
  });
  assert.ok(begun);
  const second = pool.use((_, waited) => Promise.resolve(waited));
  assert.deepEqual(await Promise.all([first, second]), [false, true]);
});

Deno.test("use() takes an action from the queue when its signal fires", async () => {
  const pool = new Pool([0]);
  const controller = new AbortController();
  const { signal } = controller;
  const unwanted = () => assert.fail("it runs");
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = pool.use(() => promise, { signal });
  const second = pool.use(unwanted, { signal });
  const third = pool.use((item) => Promise.resolve(item));
  controller.abort("why");
  await assert.rejects(second, (reason) => reason === "why");
  await assert.rejects(
    pool.use(unwanted, { signal }),
    (reason) => reason === "why",
  );
  resolve();
  await first; // A running action isn't ended.
  assert.equal(await third, 0);
});

Deno.test("use() lets the lowest rank go first, and Infinity wait", async () => {
  const pool = new Pool([0]);
  const ranks = new Map([["a", 2], ["b", Infinity], ["c", 1], ["d", 1]]);
  const order: string[] = [];
  const use = (name: string) =>
    pool.use(() => {
      order.push(name);
      return Promise.resolve();
    }, { rank: () => ranks.get(name)! });
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = pool.use(() => promise);
  const [a, b, ...others] = ["a", "b", "c", "d"].map(use);
  resolve();
  await Promise.all([first, a, ...others]);
  assert.deepEqual(order, ["c", "d", "a"]);
  // An item is free, but it can begin only when the next one is returned.
  ranks.set("b", 0);
  await use("a");
  await b;
  assert.deepEqual(order, ["c", "d", "a", "a", "b"]);
});

Deno.test("use() runs each action in its own caller's context", async () => {
  const pool = new Pool([0]);
  const context = new AsyncLocalStorage<number>();
  const found = await Promise.all(
    [1, 2, 3].map((it) =>
      context.run(it, () =>
        pool.use(async () => {
          const store = context.getStore();
          await new Promise((resolve) => setTimeout(resolve, 0));
          return store;
        }))
    ),
  );
  assert.deepEqual(found, [1, 2, 3]);
});

Deno.test("use() tells that an item is lent before it asks for other ranks", async () => {
  const pool = new Pool([0, 0]);
  let lent = 0;
  const ranks: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = [pool.use(() => promise), pool.use(() => promise)];
  const waiting = [1, 2].map(() =>
    pool.use(() => Promise.resolve(), {
      rank: () => ranks.push(lent),
      onLend: () => void lent++,
    })
  );
  ranks.length = 0;
  resolve();
  await Promise.all([...first, ...waiting]);
  assert.deepEqual(ranks, [0, 0, 1]);
});
