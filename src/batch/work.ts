import {
  AbortedError,
  ArgumentError,
  CorruptRunError,
  ModelMismatchError,
  PackageUnavailableError,
} from "../errors.ts";
import { type BatchPlan, planDigest } from "./plan.ts";
import type { ShardQueue } from "./queue/queue.ts";
import { readDone, type ShardRecord } from "./record.ts";
import type { Answers } from "./run_images.ts";
import { runShardWith, type ShardIo } from "./run_shard.ts";

/** The input and output of `workOn`. */
export interface WorkIo
  extends Omit<ShardIo, "signal" | "onProgress" | "onFailed"> {
  /** Ends the work after the current shard. */
  readonly signal: AbortSignal;
}

/** The events of a worker. */
export interface WorkEvents {
  /** A shard begins. */
  onBegin?(shard: number): void;
  /** More images of the current shard are done. */
  onProgress?(done: number): void;
  /** An image of the current shard has failed, and becomes a row with an error. */
  onImageFailed?(url: string, error: Error): void;
  /** A shard is done. */
  onDone?(shard: number, record: ShardRecord): void;
  /** Another worker has already done a shard. */
  onSkipped?(shard: number, record: ShardRecord): void;
  /** A try of a shard has failed. */
  onFailed?(shard: number, error: Error, isGivenUp: boolean): void;
  /** There is currently no shard to run. */
  onIdle?(): void;
}

/** The work done by a worker. */
export interface WorkResult {
  /** The number of shards done. */
  readonly shards: number;
  /** The number of images in these shards. */
  readonly images: number;
  /** The number of these images that failed. */
  readonly failed: number;
  /** The shards that were given up, with the errors. */
  readonly failures: ReadonlyMap<number, Error>;
  /** The error after which it stopped early, if this machine seems to be at fault. */
  readonly badMachine: Error | undefined;
}

/** If this many different shards fail in a row, the machine is to blame. */
const BAD_SHARDS = 3;

/**
 * Runs the shards handed out by a queue or `localShards()`, until there are no more or
 * the signal fires. Stops after three failures in a row, as this machine might fail all
 * shards.
 *
 * @throws Errors that every other shard would have, too: a missing permission or package,
 * or a model other than the plan's.
 */
export async function workOn(
  plan: BatchPlan,
  source: Pick<ShardQueue, "work">,
  { signal, ...io }: WorkIo,
  events: WorkEvents = {},
): Promise<WorkResult> {
  const digest = await planDigest(plan);
  const failures = new Map<number, Error>();
  const inRow = new Set<number>();
  const bad = new AbortController();
  let badMachine: Error | undefined;
  let hopeless: Error | undefined;
  let shards = 0;
  let images = 0;
  let failed = 0;
  /** The answers of the last failed shard, as its next try may be on this machine. */
  let kept: { readonly shard: number; readonly answers: Answers } | undefined;

  await source.work(async (shard, attempt) => {
    const answers: Answers = kept?.shard === shard ? kept.answers : new Map();
    try {
      const found = await readDone(io.storage, digest, shard);
      if (found !== undefined) {
        failures.delete(shard);
        events.onSkipped?.(shard, found);
        return;
      }
      events.onBegin?.(shard);
      const record = await runShardWith(plan, shard, {
        ...io,
        signal: attempt.signal,
        onProgress: (done) => events.onProgress?.(done),
        onFailed: (url, error) => events.onImageFailed?.(url, error),
      }, answers);
      kept = undefined;
      inRow.clear();
      failures.delete(shard);
      shards++;
      images += record.images;
      failed += record.failed;
      events.onDone?.(shard, record);
    } catch (thrown) {
      // Another worker has taken the shard.
      if (thrown instanceof AbortedError) throw thrown;
      const error = thrown instanceof Error ? thrown : new Error(`${thrown}`);
      kept = { shard, answers };
      if (isHopeless(error)) {
        hopeless = error;
        bad.abort();
        throw error;
      }
      const isGivenUp = attempt.isLast || error instanceof CorruptRunError;
      if (isGivenUp) failures.set(shard, error);
      // A damaged file of the run isn't the machine's fault.
      if (!(error instanceof CorruptRunError)) inRow.add(shard);
      if (inRow.size >= BAD_SHARDS) {
        badMachine = error;
        bad.abort();
      }
      events.onFailed?.(shard, error, isGivenUp);
      throw error;
    }
  }, {
    signal: AbortSignal.any([signal, bad.signal]),
    onIdle: () => events.onIdle?.(),
  });
  if (hopeless !== undefined) throw hopeless;
  return { shards, images, failed, failures, badMachine };
}

/** Whether an error would occur for every shard in this process. */
function isHopeless(error: Error): boolean {
  return error.name === "NotCapable" || // A permission of Deno's.
    error instanceof PackageUnavailableError ||
    error instanceof ModelMismatchError ||
    error instanceof ArgumentError;
}
