/**
 * A thread that takes a shard and then blocks until it is woken, like a stopped process.
 * It posts `taken`, then `lost` when it learns that another worker has the shard.
 */
import { openQueue } from "../../../src/batch/queue/open_queue.ts";
import { planOf } from "../../batch/plan_of.ts";

/** The message that starts it. */
export interface BusyWork {
  /** The address of the queue. */
  readonly address: string;
  /** A word of shared memory: 1 once the thread may go on. */
  readonly isOver: Int32Array;
}

self.onmessage = async ({ data }: MessageEvent<BusyWork>) => {
  const { address, isOver } = data;
  const queue = await openQueue(address, planOf(25, 10), {
    lockSeconds: 1,
    maxStalled: 1,
  });
  const stop = new AbortController();
  await queue.work(async (_, { signal }) => {
    self.postMessage("taken");
    Atomics.wait(isOver, 0, 0);
    if (!signal.aborted) {
      await new Promise((fired) => signal.addEventListener("abort", fired));
    }
    self.postMessage("lost");
    stop.abort();
  }, { signal: stop.signal, onIdle() {} });
  await queue.close();
  self.postMessage("closed");
};
