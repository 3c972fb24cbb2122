import { assertArgument, isObject } from "../argument.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import { throwIfAborted } from "../async/abort.ts";
import { ArgumentError, CorruptRunError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { isSha256, sha256OfBytes } from "../weights/store/sha256.ts";
import { inputColumns, listColumns } from "./columns.ts";
import type { Corpus, CorpusRow } from "./corpus/corpus.ts";
import { corpusName, matchPlan } from "./match_plan.ts";
import {
  type BatchPlan,
  listFile,
  MODEL_FILE,
  PLAN_FILE,
  planDigest,
  planText,
  shardOfRecord,
} from "./plan.ts";
import type { RunModel } from "./plan_model.ts";
import { type AskedPlan, askedPlan, type PlanOptions } from "./plan_options.ts";
import { readRecord } from "./record.ts";
import { plannedRoot } from "./root.ts";
import { assertStorage, type RunStorage, type StoredFile } from "./storage.ts";
import type { Column } from "./table.ts";
import { writeTable } from "./write_table.ts";

/** The number of lists written at a time, as writing to a bucket is slow. */
const WRITES_AT_ONCE = 4;

/** The number of records read at a time. */
const READS_AT_ONCE = 32;

const CANNOT = "plan a batch run";

/**
 * Plans a batch run: splits a corpus into the lists of shards, and writes these, the model
 * and, last, the plan. Memory doesn't depend on the number of images. If planning ends
 * early, there is no run, and the next call starts from the beginning.
 *
 * A run that was planned with the same options and model is unchanged. A column of the
 * corpus with the name of a result's column gets a prefix, as in `input_label`.
 *
 * @param corpus The result of `openCorpus`.
 * @param model The result of `planModel`.
 * @param storage The result of `openStorage`.
 * @throws {ArgumentError} When an argument isn't valid, the model can't do the task, the
 * corpus has no images, the run was planned with other options, or `storage` has results of
 * another plan.
 * @throws {StorageError} When a file can't be written.
 * @throws {PackageUnavailableError} When lists are Parquet, and its package isn't
 * installed.
 * @throws {AbortedError} When the signal fires.
 * @throws Errors of the corpus.
 */
export async function makePlan(
  corpus: Corpus,
  model: RunModel,
  storage: RunStorage,
  options: PlanOptions = {},
): Promise<BatchPlan> {
  assertCorpus(corpus);
  assertModel(model);
  assertStorage(CANNOT, storage);
  const asked = askedPlan(options, model);
  throwIfAborted(asked.signal);
  const { task, tables, shardSize } = asked;
  const existing = await matchPlan(storage, corpus, model, options);
  if (existing !== undefined) return existing;

  const { columns } = inputColumns(corpus.columns);
  const { count, lists } = await writeLists(corpus, columns, storage, asked);
  if (count === 0) {
    throw new ArgumentError(
      `Cannot ${CANNOT} as there are no images in ${corpus.address}`,
    );
  }
  await storage.write(MODEL_FILE, model.file);
  const { urlColumn, root } = corpus;
  const { maxPixels, maxMemory, allowTruncated } = asked;
  const plan: BatchPlan = {
    format: "totem batch 1",
    totem: VERSION,
    task,
    tables,
    model: model.planned,
    images: {
      corpus: corpusName(corpus),
      ...urlColumn !== undefined && { urlColumn },
      ...root !== undefined && { root: await plannedRoot(root, storage) },
      count,
      columns,
      ...maxPixels !== undefined && { maxPixels },
      ...maxMemory !== undefined && { maxMemory },
      allowTruncated,
    },
    shardSize,
    lists,
  };
  await assertNoOtherResults(plan, storage, asked.signal);
  throwIfAborted(asked.signal);
  await storage.write(PLAN_FILE, new TextEncoder().encode(planText(plan)));
  return plan;
}

async function writeLists(
  corpus: Corpus,
  ownColumns: readonly Column[],
  storage: RunStorage,
  { tables, shardSize, signal, onProgress }: AskedPlan,
): Promise<{ readonly lists: readonly string[]; readonly count: number }> {
  const columns = listColumns({ images: { columns: ownColumns } });
  const write = async (
    rows: readonly CorpusRow[],
    signal: AbortSignal,
    shard: number,
  ) => {
    const table = {
      columns,
      rows: rows.map(({ url, values }) => [url, ...values]),
    };
    const bytes = await writeTable(tables, table, {});
    throwIfAborted(signal);
    await storage.write(listFile({ tables }, shard), bytes);
    return { hash: await sha256OfBytes(bytes), count: rows.length };
  };
  const lists: string[] = [];
  let count = 0;
  const written = mapOrdered(inShards(corpus.rows(), shardSize), write, {
    concurrency: WRITES_AT_ONCE,
    signal,
  });
  for await (const list of written) {
    lists.push(list.hash);
    count += list.count;
    onProgress?.(count, lists.length);
  }
  return { lists, count };
}

/**
 * Checks that results in a storage without a plan belong to the new plan, as workers
 * would consider them done.
 */
async function assertNoOtherResults(
  plan: BatchPlan,
  storage: RunStorage,
  signal: AbortSignal | undefined,
): Promise<void> {
  const digest = await planDigest(plan);
  const read = async ({ name }: StoredFile) => {
    const shard = shardOfRecord(name);
    if (shard !== undefined) await readRecord(storage, digest, shard);
  };
  const reading = mapOrdered(storage.list("results"), read, {
    concurrency: READS_AT_ONCE,
    signal,
  });
  try {
    for await (const _ of reading);
  } catch (cause) {
    if (!(cause instanceof CorruptRunError)) throw cause;
    throw new ArgumentError(
      `Cannot plan ${storage.address} as it has results of another plan: plan in another folder. ${cause.message}`,
      { cause },
    );
  }
}

/** Yields rows in the order of the corpus, `size` at a time; fewer at the end. */
async function* inShards(
  rows: AsyncIterable<CorpusRow>,
  size: number,
): AsyncGenerator<readonly CorpusRow[]> {
  let shard: CorpusRow[] = [];
  for await (const row of rows) {
    shard.push(row);
    if (shard.length < size) continue;
    yield shard;
    shard = [];
  }
  if (shard.length > 0) yield shard;
}

function assertCorpus(corpus: Corpus): void {
  assertArgument(
    isObject(corpus) && typeof corpus.rows === "function" &&
      Array.isArray(corpus.columns) && typeof corpus.address === "string",
    `${CANNOT} as the corpus must be a Corpus, as openCorpus() gives it`,
    corpus,
  );
}

function assertModel(model: RunModel): void {
  assertArgument(
    isSha256(model?.planned?.sha256) && model.file instanceof Uint8Array &&
      isObject(model.metadata?.activation),
    `${CANNOT} as the model must be what planModel() gives`,
    model,
  );
}
