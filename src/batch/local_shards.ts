import { delay } from "../async/delay.ts";
import { CorruptRunError } from "../errors.ts";
import type { ShardQueue } from "./queue/queue.ts";

/** Tries for each shard. */
const TRIES = 3;

/** Ms before the second try; four times as many before the third. */
const PAUSE = 2000;

/**
 * Hands out shards to one worker, without a queue.
 *
 * The order is random, for two reasons. First, several machines mostly take different
 * shards. In a fixed order, a machine that meets another's shard would follow it to the end
 * and do every shard again. Second, a shard that kills its worker doesn't block the others:
 * a new worker starts with another shard.
 *
 * A shard that fails is tried again after a pause, before the next shard is taken. A damaged
 * run isn't tried again.
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
          // If the signal fires in a pause, no shard is in hand.
          await delay(ms, signal).catch(() => {});
        }
      }
    },
  };
}

/** Without a queue, no shard is taken away from its worker. */
const NEVER = new AbortController().signal;

function shuffled(shards: Iterable<number>): number[] {
  const result = [...shards];
  for (let i = result.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    [result[i], result[other]] = [result[other]!, result[i]!];
  }
  return result;
}
