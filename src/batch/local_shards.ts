import { delay } from "../async/delay.ts";
import { CorruptRunError } from "../errors.ts";
import type { ShardQueue } from "./queue/queue.ts";

/** The number of tries per shard. */
const TRIES = 3;

/** Ms before the second try; four times that before the third. */
const PAUSE = 2000;

/**
 * Hands out shards to one worker, without a queue.
 *
 * The order is random, for two reasons. First, several machines mostly take different
 * shards. In a fixed order, a machine that catches up with another would follow it to the
 * end and repeat every shard. Second, a shard that kills its worker doesn't block the
 * others: a new worker starts with another shard.
 *
 * A failed shard is retried after a pause, before the next shard. A damaged run isn't
 * retried.
 */
export function localShards(
  shards: Iterable<number>,
  { pause = PAUSE }: { readonly pause?: number | undefined } = {},
): Pick<ShardQueue, "work"> {
  return {
    async work(run, { signal }) {
      const left = shuffled(shards);
      for (const shard of left) {
        for (let attempt = 1; !signal.aborted; attempt++) {
          const isLast = attempt === TRIES;
          try {
            await run(shard, { signal: NEVER, isLast });
            break;
          } catch (error) {
            if (isLast || error instanceof CorruptRunError) break;
          }
          const ms = pause * 4 ** (attempt - 1);
          // If the signal fires during a pause, no shard is in progress.
          await delay(ms, signal).catch(() => {});
        }
      }
    },
  };
}

/** Without a queue, a worker never loses its shard. */
const NEVER = new AbortController().signal;

function shuffled(shards: Iterable<number>): number[] {
  const result = [...shards];
  for (let i = result.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    [result[i], result[other]] = [result[other]!, result[i]!];
  }
  return result;
}
