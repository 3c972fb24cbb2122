import { delay } from "../../async/delay.ts";
import { CorruptRunError } from "../../errors.ts";
import { isRefusal } from "./broker_calls.ts";
import { ATTEMPTS, type BullContext, type ShardJob } from "./bull_settings.ts";
import type { RunShard } from "./queue.ts";
import { QueueError } from "./queue_error.ts";

/**
 * Runs a job that this worker has taken, renews its lock meanwhile, and reports the
 * outcome.
 *
 * @param token The token of the job's lock.
 */
export async function runJob(
  job: ShardJob,
  token: string,
  run: RunShard,
  context: BullContext,
): Promise<void> {
  const lost = new AbortController();
  const timer = setInterval(
    () => renewLock(job, token, context, lost),
    context.settings.lockDuration / 4,
  );
  try {
    const failure = await failureOf(job, run, context, lost.signal);
    await report(job, token, failure, context, lost.signal);
  } finally {
    clearInterval(timer);
  }
}

async function renewLock(
  job: ShardJob,
  token: string,
  { calls, settings }: BullContext,
  lost: AbortController,
): Promise<void> {
  try {
    const isOurs = await calls.once(() =>
      job.extendLock(token, settings.lockDuration)
    );
    if (!isOurs) {
      lost.abort(new QueueError("This worker has lost the shard's lock"));
    }
  } catch {
    // The broker is unavailable. The shard continues: its result counts even without the
    // lock.
  }
}

/** Runs the shard. Returns the error if that failed, otherwise `undefined`. */
async function failureOf(
  job: ShardJob,
  run: RunShard,
  { broker: { bullMq } }: BullContext,
  signal: AbortSignal,
): Promise<Error | undefined> {
  if (job.deferredFailure) {
    return new bullMq.UnrecoverableError(
      `it was started ${job.stalledCounter} times and never finished: each worker died or stopped responding`,
    );
  }
  try {
    const isLast = job.attemptsMade + 1 >= ATTEMPTS;
    await run(job.data.shard, { signal, isLast });
    return undefined;
  } catch (error) {
    // Another try would find the same file.
    if (error instanceof CorruptRunError) {
      return new bullMq.UnrecoverableError(error.message);
    }
    return error instanceof Error ? error : new Error(`${error}`);
  }
}

/** Reports a shard's outcome, unless this worker has lost the shard. */
async function report(
  job: ShardJob,
  token: string,
  failure: Error | undefined,
  { calls, settings }: BullContext,
  lost: AbortSignal,
): Promise<void> {
  const latest = Date.now() + settings.lockDuration;
  while (!lost.aborted) {
    try {
      await calls.once<unknown>(() =>
        failure === undefined
          ? job.moveToCompleted(null, token, false)
          : job.moveToFailed(failure, token, false)
      );
      return;
    } catch (error) {
      // Without a report the job stalls, and the next worker finds the result.
      if (isRefusal(error) || Date.now() > latest) return;
      await delay(1000, lost).catch(() => {});
    }
  }
}
