import {
  assertArgument,
  assertOptions,
  assertSignal,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import { CorruptRunError } from "../errors.ts";
import {
  type BatchPlan,
  planDigest,
  resultFile,
  shardImages,
  shardOfRecord,
} from "./plan.ts";
import { type DoneShard, recentRate } from "./recent_rate.ts";
import { readRecord, type ShardRecord } from "./record.ts";
import { assertRun } from "./run_arguments.ts";
import type { RunStorage } from "./storage.ts";

/** The progress of a batch run, computed from its results alone. */
export interface RunStatus {
  /** Whether all shards are done. */
  readonly isComplete: boolean;
  /** The total number of shards, and the number done. */
  readonly shards: { readonly total: number; readonly done: number };
  /** The total number of images, and the numbers done and failed. */
  readonly images: {
    readonly total: number;
    /** Images in finished shards, including failed ones. */
    readonly done: number;
    /** Images with an error instead of an answer. */
    readonly failed: number;
  };
  /** The number of failed images with each error, by its code; the most frequent first. */
  readonly errors: Readonly<Record<string, number>>;
  /** The recent images per second; `undefined` if too few are done, or none recently. */
  readonly rate: number | undefined;
  /** The estimated seconds left at that rate. */
  readonly secondsLeft: number | undefined;
  /** Sentences that each name an unusable result. Its shard isn't done. */
  readonly problems: readonly string[];
}

/** Options of `runStatus`. */
export interface RunStatusOptions {
  /** The current time in ms since 1970, for the rate. @default Date.now() */
  readonly now?: number | undefined;
  /** Aborts the reading. */
  readonly signal?: AbortSignal | undefined;
}

const OPTIONS: OptionNames<RunStatusOptions> = { now: true, signal: true };

/** The number of records read at a time. */
const READ_AT_ONCE = 32;

/**
 * Reports the progress of a batch run. It reads the records of all results: one small file
 * per shard.
 *
 * @throws {ArgumentError} When an argument isn't the plan or the storage of a run.
 * @throws {StorageError} When results can't be listed or read.
 * @throws {AbortedError} When the signal fires.
 */
export async function runStatus(
  plan: BatchPlan,
  storage: RunStorage,
  options: RunStatusOptions = {},
): Promise<RunStatus> {
  const cannot = "show the status of a batch run";
  assertRun(cannot, plan, storage);
  assertOptions(cannot, options, OPTIONS);
  const { now = Date.now(), signal } = options;
  assertArgument(
    isNumber(now, (it) => it >= 0),
    `${cannot} as now must be a number of ms >= 0`,
    now,
  );
  assertSignal(cannot, signal);
  const digest = await planDigest(plan);
  /** All files of the results, with the times they were written. */
  const files = new Map<string, number>();
  for await (const { name, modified } of storage.list("results")) {
    files.set(name, modified);
  }
  const problems: string[] = [];
  const done: DoneShard[] = [];
  const errors = new Map<string, number>();
  let failed = 0;

  /** The record of a finished shard; `undefined` for other files. */
  async function readDone(name: string): Promise<ShardRecord | undefined> {
    const shard = shardOfRecord(name);
    if (shard === undefined) return undefined;
    try {
      if (shard >= plan.lists.length) {
        throw unusable(storage, name, `the plan has no shard ${shard}`);
      }
      const record = await readRecord(storage, digest, shard);
      if (record !== undefined) await assertWhole(record, name);
      return record;
    } catch (error) {
      if (!(error instanceof CorruptRunError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  }

  async function assertWhole(record: ShardRecord, name: string) {
    const planned = shardImages(plan, record.shard);
    if (record.images !== planned) {
      const counts = `it has ${record.images} images, and the plan ${planned}`;
      throw unusable(storage, name, counts);
    }
    for (const file of Object.keys(record.files)) {
      // It may be newer than the listing.
      if (files.has(file) || await storage.has(file)) continue;
      throw new CorruptRunError(
        `Cannot use ${storage.address}/${name} as ${file}, which it names, isn't there: totem batch work does the shard again`,
      );
    }
  }

  const reading = { concurrency: READ_AT_ONCE, signal };
  for await (const record of mapOrdered(files.keys(), readDone, reading)) {
    if (record === undefined) continue;
    const modified = files.get(resultFile(record.shard, "json"))!;
    done.push({ modified, images: record.images });
    failed += record.failed;
    for (const [code, count] of Object.entries(record.errors)) {
      errors.set(code, (errors.get(code) ?? 0) + count);
    }
  }
  const [total, shards] = [plan.images.count, plan.lists.length];
  const images = done.reduce((sum, it) => sum + it.images, 0);
  const isComplete = done.length === shards;
  const rate = recentRate(done, now);
  return {
    isComplete,
    shards: { total: shards, done: done.length },
    images: { total, done: images, failed },
    errors: Object.fromEntries(
      [...errors].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
    ),
    rate,
    secondsLeft: isComplete ? 0 : rate && (total - images) / rate,
    problems: problems.sort(),
  };
}

function unusable(
  { address }: RunStorage,
  name: string,
  reason: string,
): CorruptRunError {
  return new CorruptRunError(
    `Cannot use ${address}/${name} as ${reason}: remove it`,
  );
}
