import { doneShards } from "../done_shards.ts";
import type { BatchPlan } from "../plan.ts";
import type { RunStorage } from "../storage.ts";
import type { QueueCounts, ShardQueue } from "./queue.ts";

/** The time between two checks of the results while the queue has shards, in ms. */
const LOOK = 10_000;

/** Why a worker waits without a shard. */
export type Waiting =
  /** Other workers are running the remaining shards. */
  | "others"
  /** The queue is empty, and this many shards have no result. */
  | { readonly missing: number }
  /** The run is cancelled. */
  | "cancelled";

/** Hands out the shards of a queue until the run is done. */
export interface QueuedShards extends Pick<ShardQueue, "work"> {
  /** The shards without a result that have failed permanently, with the reasons. */
  readonly failed: ReadonlyMap<number, string>;
}

/**
 * Hands out the shards of a queue. Ends when each shard of the run has a result or has
 * failed. Results decide, not the queue, as other workers may run without it.
 *
 * @param onWaiting Called when the reason for waiting has changed.
 */
export function queuedShards(
  plan: BatchPlan,
  storage: RunStorage,
  queue: ShardQueue,
  onWaiting: (waiting: Waiting) => void,
): QueuedShards {
  const end = new AbortController();
  let failed: ReadonlyMap<number, string> = new Map();
  let told = "";
  let looked = -Infinity;

  const look = async () => {
    const counts = await queue.counts();
    const isOver = counts.waiting + counts.active + counts.delayed === 0;
    if (!isOver && performance.now() - looked < LOOK) return tell(counts, 0);
    looked = performance.now();
    const done = await doneShards(plan, storage);
    const reasons = new Map(
      counts.failed.map(({ shard, reason }) => [shard, reason]),
    );
    const missing = plan.lists.map((_, i) => i).filter((it) => !done.has(it));
    const lost = missing.filter((it) => !reasons.has(it)).length;
    if (missing.length === 0 || isOver && lost === 0) {
      failed = new Map(missing.map((it) => [it, reasons.get(it)!]));
      end.abort();
      return;
    }
    tell(counts, isOver ? lost : 0);
  };
  const tell = ({ isPaused }: QueueCounts, missing: number) => {
    const waiting = isPaused
      ? "cancelled"
      : missing > 0
      ? { missing }
      : "others";
    const text = JSON.stringify(waiting);
    if (text !== told) onWaiting(waiting);
    told = text;
  };
  return {
    get failed() {
      return failed;
    },
    async work(run, { signal, onIdle }) {
      let looking: Promise<void> | undefined;
      await queue.work((shard, attempt) => {
        told = "";
        return run(shard, attempt);
      }, {
        signal: AbortSignal.any([signal, end.signal]),
        onIdle() {
          onIdle();
          // The next check may succeed. The queue itself reports when it is unavailable.
          looking ??= look().catch(() => {}).finally(() => looking = undefined);
        },
      });
    },
  };
}
