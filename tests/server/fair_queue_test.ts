import assert from "node:assert/strict";
import { FairQueue } from "../../src/server/fair_queue.ts";

const never = new AbortController().signal;

Deno.test("use() does as many actions at once as there are turns, in order", async () => {
  const queue = new FairQueue(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map((i) =>
    queue.use(never, "", () => {
      begun.push(i);
      return new Promise<void>((resolve) => ends[i] = resolve);
    })
  );
  await settle();
  assert.deepEqual(begun, [0, 1]);
  ends[1]!();
  await settle();
  assert.deepEqual(begun, [0, 1, 2]);
  for (const i of [0, 2]) ends[i]!();
  await settle();
  ends[3]!();
  await Promise.all(all);
  assert.deepEqual(begun, [0, 1, 2, 3]);
});

Deno.test("use() gives the turn on when an action fails or one gives up waiting", async () => {
  const queue = new FairQueue(1);
  const controller = new AbortController();
  const failing = queue.use(never, "", async () => {
    await settle();
    throw new Error("failed");
  });
  const leaving = queue.use(
    controller.signal,
    "",
    () => assert.fail("has its turn"),
  );
  const last = queue.use(never, "", () => Promise.resolve("last"));
  controller.abort(new Error("gave up"));
  await assert.rejects(leaving, /gave up/);
  await assert.rejects(failing, /failed/);
  assert.equal(await last, "last");
  await assert.rejects(
    queue.use(controller.signal, "", () => assert.fail("has its turn")),
    /gave up/,
  );
  assert.equal(await queue.use(never, "", () => Promise.resolve(1)), 1);
});

Deno.test("use() gives clients whose turns are long half of them at most", async () => {
  let now = 0;
  const queue = new FairQueue(2, () => 10, () => now);
  const running = new Map<string, () => void>();
  const ask = (client: string, name: string) =>
    queue.use(
      never,
      client,
      () => new Promise<void>((resolve) => running.set(name, resolve)),
    );
  const end = async (name: string) => {
    running.get(name)!();
    running.delete(name);
    await settle();
  };
  // The lengths of clients' first turns are unknown.
  const all = [ask("a", "a1"), ask("b", "b1")];
  await settle();
  now += 100;
  await end("a1");
  await end("b1");
  all.push(ask("a", "a2"), ask("b", "b2"), ask("a", "a3"));
  await settle();
  assert.deepEqual([...running.keys()], ["a2"]);
  all.push(ask("quick", "quick1"));
  await settle();
  assert.deepEqual([...running.keys()], ["a2", "quick1"]);
  now += 100;
  await end("a2");
  assert.deepEqual([...running.keys()], ["quick1", "b2"]);
  await end("quick1");
  assert.deepEqual([...running.keys()], ["b2"]);

  // After some short turns, it equals the others.
  await end("b2");
  for (let i = 0; i < 12; i++) {
    await end("a3").then(() => all.push(ask("a", "a3")));
  }
  await settle();
  all.push(ask("a", "a4"));
  await settle();
  assert.deepEqual([...running.keys()].toSorted(), ["a3", "a4"]);
  await end("a3");
  await end("a4");
  await Promise.all(all);
});

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("use() gives the next turn to the client that has had the least time", async () => {
  let now = 0;
  const queue = new FairQueue(1, undefined, () => now);
  const begun: string[] = [];
  const ask = (client: string, ms: number) =>
    queue.use(never, client, async () => {
      begun.push(client);
      await settle();
      now += ms;
    });
  await Promise.all([
    ...["greedy", "greedy", "greedy", "greedy"].map((it) => ask(it, 60)),
    ...["quick", "other", "quick", "quick"].map((it) => ask(it, 1)),
  ]);
  assert.deepEqual(begun.splice(0), [
    "greedy",
    "quick",
    "other",
    "quick",
    "quick",
    "greedy",
    "greedy",
    "greedy",
  ]);

  // Clients get no credit for idle time.
  now += 1000;
  await Promise.all([
    ...["greedy", "greedy", "greedy"].map((it) => ask(it, 60)),
    ...["late", "late", "late"].map((it) => ask(it, 60)),
  ]);
  assert.deepEqual(begun, [
    "greedy",
    "late",
    "greedy",
    "late",
    "greedy",
    "late",
  ]);
});
