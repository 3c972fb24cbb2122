import assert from "node:assert/strict";
import { Turns } from "../../src/server/turns.ts";

const never = new AbortController().signal;

Deno.test("use() does as many actions at once as there are turns, in order", async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map((i) =>
    turns.use(never, "", () => {
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
  const turns = new Turns(1);
  const controller = new AbortController();
  const failing = turns.use(never, "", async () => {
    await settle();
    throw new Error("failed");
  });
  const leaving = turns.use(
    controller.signal,
    "",
    () => assert.fail("has its turn"),
  );
  const last = turns.use(never, "", () => Promise.resolve("last"));
  controller.abort(new Error("gave up"));
  await assert.rejects(leaving, /gave up/);
  await assert.rejects(failing, /failed/);
  assert.equal(await last, "last");
  await assert.rejects(
    turns.use(controller.signal, "", () => assert.fail("has its turn")),
    /gave up/,
  );
  assert.equal(await turns.use(never, "", () => Promise.resolve(1)), 1);
});

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("use() gives the next turn to the client that has had the least time", async () => {
  let now = 0;
  const turns = new Turns(1, () => now);
  const begun: string[] = [];
  const ask = (client: string, ms: number) =>
    turns.use(never, client, async () => {
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

  // There is no credit for the time in which one didn't ask.
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
