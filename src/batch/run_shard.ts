import {
  assertArgument,
  assertFunctions,
  assertOptions,
  assertSignal,
  assertWhole,
  type OptionNames,
} from "../argument.ts";
import { throwIfAborted } from "../async/abort.ts";
import type { Classifier } from "../classifier.ts";
import { CorruptRunError } from "../errors.ts";
import { sha256OfBytes } from "../weights/store/sha256.ts";
import { listColumns } from "./columns.ts";
import type { ReadImage } from "./image_reading.ts";
import { assertPlanned } from "./assert_planned.ts";
import {
  type BatchPlan,
  listFile,
  planDigest,
  resultFile,
  shardImages,
} from "./plan.ts";
import { imageReader } from "./read_image.ts";
import { readTable } from "./read_table.ts";
import {
  readDone,
  RECORD_FORMAT,
  recordText,
  type ShardRecord,
} from "./record.ts";
import { rootOf } from "./root.ts";
import { assertRun } from "./run_arguments.ts";
import { type Answers, runImages } from "./run_images.ts";
import { shardResults } from "./shard_results.ts";
import type { RunStorage } from "./storage.ts";
import type { Table } from "./table.ts";

/** The input and output of `runShard`. */
export interface ShardIo {
  /** The run's model, from `openModel()`. */
  readonly classifier: Classifier;
  /** The storage of the run, from `openStorage()`. */
  readonly storage: RunStorage;
  /** The folder for relative paths on this machine; the plan's unless given. */
  readonly root?: string | undefined;
  /** Reads images, in place of the default reader for paths and URLs. */
  readonly readImage?: ReadImage | undefined;
  /**
   * Whether to accept a shard if none of its files exists, or more than half of its
   * URLs can't be reached. Otherwise such a shard fails, as most likely a folder isn't
   * mounted on this machine, or its network is down.
   *
   * @default false
   */
  readonly allowAbsent?: boolean | undefined;
  /** Aborts the work; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each image with the numbers of images done and in total. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called for each image whose row has an error. */
  readonly onFailed?: ((url: string, error: Error) => void) | undefined;
}

const NAMES: OptionNames<ShardIo> = {
  classifier: true,
  storage: true,
  root: true,
  readImage: true,
  allowAbsent: true,
  signal: true,
  onProgress: true,
  onFailed: true,
};

const CANNOT = "run a shard";

/**
 * Runs one shard of a batch run: runs the images of its list, and writes one row per image
 * in list order and, last, the shard's record. If all of these exist, it does nothing. Any
 * machine may run any shard at any time. Several may run the same one concurrently: the
 * same images give the same bytes.
 *
 * An image that can't be read or decoded becomes a row with an error. Any other fault
 * fails the shard, and nothing is written: try again, on this machine or another.
 *
 * @param plan The result of `readPlan()`.
 * @param shard Its number, 0 for the first.
 * @returns The shard's record.
 * @throws {ArgumentError} When an argument isn't valid.
 * @throws {ModelMismatchError} When the classifier isn't the plan's model.
 * @throws {CorruptRunError} When its list, or its existing record, isn't the plan's.
 * @throws {ImageUnavailableError} When an image can't be read and the machine is at fault,
 * or too many images can't be found: see `allowAbsent`.
 * @throws {StorageError} When the run or a bucket can't be read or written.
 * @throws {PackageUnavailableError} When a package that it needs isn't installed.
 * @throws {AbortedError} When the signal fires.
 * @throws Other errors of the model, if the image isn't at fault.
 *
 * @example Shards from a queue of your own
 * ```ts
 * import {
 *   openModel,
 *   openStorage,
 *   readPlan,
 *   runShard,
 * } from "@totem/inception/batch";
 *
 * const storage = await openStorage("run");
 * const plan = await readPlan(storage);
 * if (plan === undefined) throw new Error("The run isn't planned yet");
 * using classifier = await openModel(plan, storage);
 * for (const shard of [0, 1]) {
 *   const { images, failed } = await runShard(plan, shard, { classifier, storage });
 *   console.log(shard, images, failed);
 * }
 * ```
 */
export async function runShard(
  plan: BatchPlan,
  shard: number,
  io: ShardIo,
): Promise<ShardRecord> {
  return await runShardWith(plan, shard, io, new Map());
}

/**
 * Like {@linkcode runShard}.
 *
 * @param answers The answers of earlier tries. New ones are added.
 */
export async function runShardWith(
  plan: BatchPlan,
  shard: number,
  io: ShardIo,
  answers: Answers,
): Promise<ShardRecord> {
  assertIo(plan, shard, io);
  const { classifier, storage, signal } = io;
  const digest = await planDigest(plan);
  const done = await readDone(storage, digest, shard);
  if (done !== undefined) return done;
  await assertPlanned(plan, storage, classifier, signal);
  const list = await readList(plan, shard, storage, signal);
  const readImage = io.readImage ??
    imageReader({ root: rootOf(plan, storage, io.root) });
  const outcomes = await runImages(plan, shard, list, answers, {
    ...io,
    readImage,
  });
  const { files, failed, errors } = await shardResults(
    plan,
    { digest, shard, list, width: classifier.featureCount },
    outcomes,
  );
  // Another worker may have finished first. Its image servers may have answered
  // differently, and the files of both must not be mixed.
  const other = await readDone(storage, digest, shard);
  if (other !== undefined) return other;
  const hashes: Record<string, string> = {};
  // The last check: once writing begins, a shard is written completely.
  throwIfAborted(signal);
  for (const { name, bytes } of files) {
    await storage.write(name, bytes);
    hashes[name] = await sha256OfBytes(bytes);
  }
  const record: ShardRecord = {
    format: RECORD_FORMAT,
    plan: digest,
    shard,
    images: list.rows.length,
    failed,
    errors,
    files: hashes,
  };
  const text = new TextEncoder().encode(recordText(record));
  await storage.write(resultFile(shard, "json"), text);
  return record;
}

function assertIo(plan: BatchPlan, shard: number, io: ShardIo): void {
  assertOptions(CANNOT, io, NAMES);
  assertRun(CANNOT, plan, io.storage);
  assertWhole(CANNOT, "its number", shard, 0, plan.lists.length - 1);
  const { classifier, root, allowAbsent, signal } = io;
  assertArgument(
    typeof classifier?.probabilities === "function",
    `${CANNOT} as classifier must be one, as openModel() gives it`,
    classifier,
  );
  assertArgument(
    root === undefined || typeof root === "string",
    `${CANNOT} as root must be the path of a folder`,
    root,
  );
  assertArgument(
    allowAbsent === undefined || typeof allowAbsent === "boolean",
    `${CANNOT} as allowAbsent must be true or false`,
    allowAbsent,
  );
  assertFunctions(CANNOT, io, ["readImage", "onProgress", "onFailed"]);
  assertSignal(CANNOT, signal);
  throwIfAborted(signal);
}

async function readList(
  plan: BatchPlan,
  shard: number,
  storage: RunStorage,
  signal: AbortSignal | undefined,
): Promise<Table> {
  const name = listFile(plan, shard);
  const where = `${storage.address}/${name}`;
  const bytes = await storage.read(name, signal);
  const problem = bytes === undefined
    ? "it isn't there"
    : await sha256OfBytes(bytes) !== plan.lists[shard]
    ? "it isn't the one that was planned: its SHA-256 is another"
    : undefined;
  if (bytes === undefined || problem !== undefined) {
    throw new CorruptRunError(
      `Cannot run shard ${shard} by ${where} as ${problem}. Plan the run again in another folder`,
    );
  }
  const table = await readTable(plan.tables, bytes, listColumns(plan), where);
  const expected = shardImages(plan, shard);
  if (table.rows.length === expected) return table;
  throw new CorruptRunError(
    `Cannot run shard ${shard} by ${where} as it must have ${expected} images: it has ${table.rows.length}. Plan the run again in another folder`,
  );
}
