/**
 * A thread that takes a shard and then blocks for 3 s, like a stopped process. It posts
 * `taken`, then `lost` when it learns that another worker has the shard.
 */
import { openQueue } from "../../../src/batch/queue/open_queue.ts";
import { planOf } from "../../batch/plan_of.ts";

self.onmessage = async ({ data: address }: MessageEvent<string>) => {
  const queue = await openQueue(address, planOf(25, 10), {
    lockSeconds: 1,
    maxStalled: 1,
  });
  const stop = new AbortController();
  await queue.work(async (_, { signal }) => {
    self.postMessage("taken");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
    if (!signal.aborted) {
      await new Promise((fired) => signal.addEventListener("abort", fired));
    }
    self.postMessage("lost");
    stop.abort();
  }, { signal: stop.signal, onIdle() {} });
  await queue.close();
  self.postMessage("closed");
};
