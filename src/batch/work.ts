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

/** What `workOn` works with. */
export interface WorkIo
  extends Omit<ShardIo, "signal" | "onProgress" | "onFailed"> {
  /** Ends the work after the current shard. */
  readonly signal: AbortSignal;
}

/** The events of a worker. */
export interface WorkEvents {
  /** A shard begins. */
  onBegin?(shard: number): void;
  /** The number of images of the current shard that are done has changed. */
  onProgress?(done: number): void;
  /** An image of the current shard becomes a row with an error. */
  onImageFailed?(url: string, error: Error): void;
  /** A shard is done. */
  onDone?(shard: number, record: ShardRecord): void;
  /** Another worker has done a shard already. */
  onSkipped?(shard: number, record: ShardRecord): void;
  /** A try of a shard has failed. */
  onFailed?(shard: number, error: Error, isGivenUp: boolean): void;
  /** There is no shard to take at the moment. */
  onIdle?(): void;
}

/** The work that a worker has done. */
export interface WorkResult {
  /** The number of shards that it has done. */
  readonly shards: number;
  /** The number of images in these shards. */
  readonly images: number;
  /** The number of these images that failed. */
  readonly failed: number;
  /** The shards that it has given up, and why. */
  readonly failures: ReadonlyMap<number, Error>;
  /** The error after which it stopped early, if this machine seems to be at fault. */
  readonly badMachine: Error | undefined;
}

/** After this many different shards that fail in a row, the machine is to blame. */
const BAD_SHARDS = 3;

/**
 * Does the shards that a queue or `localShards()` hands out, until there are no more or the
 * signal fires. A machine on which three in a row fail takes no more shards, as it might
 * fail all of them.
 *
 * @throws Errors that every other shard would have, too: this process lacks a permission, a
 * package or the plan's model.
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
  /** The answers of the last shard that failed, as its next try may be here. */
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
      // Another worker has it.
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
      // A damaged file of the run is no machine's fault.
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

/** Whether an error would be the same for each shard that this process does. */
function isHopeless(error: Error): boolean {
  return error.name === "NotCapable" || // A permission of Deno's.
    error instanceof PackageUnavailableError ||
    error instanceof ModelMismatchError ||
    error instanceof ArgumentError;
}
