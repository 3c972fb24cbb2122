import assert from "node:assert/strict";
import type { ShardRecord } from "../../src/batch/record.ts";
import { runStatus } from "../../src/batch/status.ts";
import type { RunStorage } from "../../src/batch/storage.ts";
import { memoryStorage } from "./memory_storage.ts";
import { finishShard, planOf } from "./plan_of.ts";

/** 25 images in three shards. */
const PLAN = planOf(25, 10);

const finish = (
  storage: RunStorage,
  shard: number,
  changes?: Partial<ShardRecord>,
) => finishShard(PLAN, storage, shard, changes);

Deno.test("a run without results isn't begun", async () => {
  assert.deepEqual(await runStatus(PLAN, memoryStorage()), {
    isComplete: false,
    shards: { total: 3, done: 0 },
    images: { total: 25, done: 0, failed: 0 },
    errors: {},
    rate: undefined,
    secondsLeft: undefined,
    problems: [],
  });
});

Deno.test("what is done is counted by the results", async () => {
  const storage = memoryStorage();
  await finish(storage, 0, { failed: 3, errors: { absent: 1, "http-404": 2 } });
  await finish(storage, 2, { failed: 1, errors: { absent: 1 } });
  // Not done yet: its record is missing.
  await storage.write("results/00001.parquet", new Uint8Array());
  const status = await runStatus(PLAN, storage);
  assert.equal(status.isComplete, false);
  assert.deepEqual(status.shards, { total: 3, done: 2 });
  assert.deepEqual(status.images, { total: 25, done: 15, failed: 4 });
  assert.deepEqual(Object.entries(status.errors), [
    ["absent", 2],
    ["http-404", 2],
  ]);
  await finish(storage, 1);
  const end = await runStatus(PLAN, storage);
  assert.equal(end.isComplete, true);
  assert.equal(end.secondsLeft, 0);
});

Deno.test("the time that is left comes from the results' times", async () => {
  const storage = memoryStorage();
  for (const shard of [0, 1]) await finish(storage, shard);
  const times = [1000, 1000 + 100_000];
  const timed: RunStorage = {
    ...storage,
    async *list(folder) {
      for await (const { name } of storage.list(folder)) {
        yield { name, modified: times[Number(name.slice(8, 13))]! };
      }
    },
  };
  const { rate, secondsLeft } = await runStatus(PLAN, timed, { now: 120_000 });
  assert.equal(rate, 0.1);
  assert.equal(secondsLeft, 50);
});

const WRONG: Readonly<
  Record<string, readonly [Partial<ShardRecord>, problem: RegExp]>
> = {
  "of another plan": [{ plan: "1".repeat(64) }, /it is of another plan/],
  "of other images": [{ images: 9 }, /it has 9 images, and the plan 10/],
  "without its files": [
    { files: { "results/00001.npy": "0".repeat(64) } },
    /results\/00001\.npy, which it names, isn't there: totem batch work does the shard again$/,
  ],
};

for (const [what, [changes, problem]] of Object.entries(WRONG)) {
  Deno.test(`a result ${what} is named and not counted`, async () => {
    const storage = memoryStorage();
    await finish(storage, 0);
    await finish(storage, 1, changes);
    const { shards, images, problems } = await runStatus(PLAN, storage);
    assert.deepEqual(shards, { total: 3, done: 1 });
    assert.deepEqual(images, { total: 25, done: 10, failed: 0 });
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, /^Cannot use memory\/results\/00001\.json as /);
    assert.match(problems[0]!, problem);
  });
}

Deno.test("what is no result of the plan isn't counted", async () => {
  const storage = memoryStorage();
  for (const name of ["00001.json", "00003.json", "000002.json", "a.json"]) {
    await storage.write(`results/${name}`, new TextEncoder().encode("{}"));
  }
  const { shards, problems } = await runStatus(PLAN, storage);
  assert.equal(shards.done, 0);
  assert.deepEqual(problems, [
    "Cannot use memory/results/00001.json as it isn't the record of a shard: remove it to have the shard done again",
    "Cannot use memory/results/00003.json as the plan has no shard 3: remove it",
  ]);
});

Deno.test("a file that came after the list was read is there", async () => {
  const storage = memoryStorage();
  await finish(storage, 0);
  const early: RunStorage = {
    ...storage,
    async *list() {
      yield { name: "results/00000.json", modified: 0 };
    },
  };
  assert.equal((await runStatus(PLAN, early)).shards.done, 1);
});

Deno.test("a storage that fails isn't an empty one", async () => {
  const storage = memoryStorage();
  await finish(storage, 0);
  const fault = new Error("no connection");
  const failing = { ...storage, read: () => Promise.reject(fault) };
  await assert.rejects(runStatus(PLAN, failing), (error) => error === fault);
  await assert.rejects(
    runStatus(PLAN, storage, { signal: AbortSignal.abort() }),
    { name: "AbortError" },
  );
  await assert.rejects(runStatus({} as never, storage), {
    name: "ArgumentError",
  });
});
