import type { BatchPlan } from "../../batch/plan.ts";
import { doneShards } from "../../batch/done_shards.ts";
import { openQueue, parseQueueAddress } from "../../batch/queue/open_queue.ts";
import type { RunStorage } from "../../batch/storage.ts";
import { ArgumentError } from "../../errors.ts";
import { count } from "../option_kinds.ts";
import { type Option, UsageError } from "../options.ts";
import type { Terminal } from "../terminal.ts";

/** The address of a queue. */
export const queueAddress: Option<string | undefined> = {
  absent: undefined,
  read(text) {
    try {
      parseQueueAddress(text);
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      throw new UsageError(
        error.message
          .replace("open a queue at this address", "use this --queue")
          .replace("open a queue at", "use --queue"),
      );
    }
    return text;
  },
};

/** The address of a queue, which is required. */
export const requiredQueue: Option<string> = {
  ...queueAddress as Option<string>,
  required: "URL",
};

/** How long a worker may hold a shard, and how many times a shard may stall. */
export const holding = {
  "lock-seconds": { ...count(60, 1, 86_400), needs: "queue" },
  "max-stalled": { ...count(20, 0, 1_000_000), needs: "queue" },
} as const;

/** Prints the messages of a queue as warnings. */
export function tellQueue(io: Terminal): (message: string) => void {
  return (message) => io.tellWarning(message);
}

/**
 * Enqueues the shards of a run without a result.
 *
 * @returns The number of shards added, and the number of shards without a result.
 */
export async function enqueueMissing(
  io: Terminal,
  plan: BatchPlan,
  storage: RunStorage,
  address: string,
): Promise<{ readonly added: number; readonly missing: number }> {
  const queue = await openQueue(address, plan, { tell: tellQueue(io) });
  try {
    const done = await doneShards(plan, storage);
    const missing = plan.lists.map((_, i) => i).filter((it) => !done.has(it));
    return { added: await queue.add(missing), missing: missing.length };
  } finally {
    await queue.close();
  }
}
