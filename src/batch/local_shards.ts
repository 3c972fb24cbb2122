import { delay } from "../async/delay.ts";
import { CorruptRunError } from "../errors.ts";
import type { ShardQueue } from "./queue/queue.ts";

/** How often a shard is tried. */
const TRIES = 3;

/** Ms after a failure before the next try; after the second, four times as many. */
const PAUSE = 2000;

/**
 * Hands out shards to one worker, without a queue.
 *
 * They come in a random order, for two reasons. Several machines that work on one run
 * mostly take different ones: in order, one that comes upon the shard in another's hands
 * would do the same as that one from then on. And a shard that kills its worker doesn't
 * keep the others from being done, as the worker begins with another one when it is
 * started again.
 *
 * A shard that fails is tried again at once, after a pause, and in the end left for the
 * others; what a machine can't change isn't tried again.
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
          // Fires while it waits: then nothing is in hand.
          await delay(ms, signal).catch(() => {});
        }
      }
    },
  };
}

/** Nobody else takes a shard of one worker. */
const NEVER = new AbortController().signal;

function shuffled(shards: Iterable<number>): number[] {
  const result = [...shards];
  for (let i = result.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    [result[i], result[other]] = [result[other]!, result[i]!];
  }
  return result;
}
