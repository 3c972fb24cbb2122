import assert from "node:assert/strict";
import type {
  QueueCounts,
  ShardQueue,
} from "../../../src/batch/queue/queue.ts";
import {
  queuedShards,
  type Waiting,
} from "../../../src/batch/queue/queued_shards.ts";
import { memoryStorage } from "../memory_storage.ts";
import { finishShard, planOf } from "../plan_of.ts";

const PLAN = planOf(30, 10);
const EMPTY: QueueCounts = {
  waiting: 0,
  active: 0,
  delayed: 0,
  failed: [],
  isPaused: false,
};

/** An empty queue, whose counts change each time that a worker finds no shard. */
function idleQueue(counts: readonly (QueueCounts | Error)[]): ShardQueue {
  let at = 0;
  const none = () => Promise.reject(new Error("not used"));
  return {
    async work(_, { signal, onIdle }) {
      while (!signal.aborted) {
        onIdle();
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
    counts() {
      const now = counts[Math.min(at++, counts.length - 1)]!;
      return now instanceof Error ? Promise.reject(now) : Promise.resolve(now);
    },
    add: none,
    retry: none,
    cancel: none,
    close: none,
  };
}

/** The messages to a worker until the run was over, and the failed shards. */
async function waited(
  counts: readonly (QueueCounts | Error)[],
  { done, thenDone }: {
    readonly done: readonly number[];
    /** The shard that others finish after the worker's first message. */
    readonly thenDone?: number;
  },
): Promise<{ told: Waiting[]; failed: [number, string][] }> {
  const storage = memoryStorage();
  for (const shard of done) await finishShard(PLAN, storage, shard);
  const told: Waiting[] = [];
  const queued = queuedShards(PLAN, storage, idleQueue(counts), (waiting) => {
    told.push(waiting);
    if (thenDone !== undefined) finishShard(PLAN, storage, thenDone);
  });
  const { signal } = new AbortController();
  await queued.work(() => Promise.resolve(), { signal, onIdle() {} });
  return { told, failed: [...queued.failed] };
}

Deno.test("a run whose shards all have results is over", async () => {
  const { told, failed } = await waited([EMPTY], { done: [0, 1, 2] });
  assert.deepEqual([told, failed], [[], []]);
});

Deno.test("a run is over when only failed shards are left", async () => {
  const reasons = [{ shard: 0, reason: "old" }, { shard: 2, reason: "full" }];
  const { told, failed } = await waited([{ ...EMPTY, failed: reasons }], {
    done: [0, 1],
  });
  assert.deepEqual([told, failed], [[], [[2, "full"]]]);
});

Deno.test("an empty queue is told once, and waited for", async () => {
  const { told } = await waited([EMPTY, EMPTY, EMPTY], {
    done: [0, 1],
    thenDone: 2,
  });
  assert.deepEqual(told, [{ missing: 1 }]);
});

Deno.test("what is waited for is told when it changes", async () => {
  const active = { ...EMPTY, active: 1 };
  const { told } = await waited(
    [
      active,
      active,
      new Error("away"),
      { ...active, isPaused: true },
      { ...EMPTY, failed: [0, 1, 2].map((shard) => ({ shard, reason: "" })) },
    ],
    { done: [] },
  );
  assert.deepEqual(told, ["others", "cancelled"]);
});
