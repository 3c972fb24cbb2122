/**
 * Batch runs: millions of images in shards, on any number of machines. A plan splits
 * a corpus of images into lists and pins everything that determines the answers. A shard is
 * one list with its results. The same images give the same bytes on every machine. A queue
 * may hand out the shards, but none is needed: a shard with a result isn't run again.
 *
 * @example A folder of photos, without a queue
 * ```ts
 * import {
 *   makePlan,
 *   openCorpus,
 *   openModel,
 *   openStorage,
 *   planModel,
 *   runShard,
 * } from "@totem/inception/batch";
 * import { loadNetwork } from "@totem/inception/weights";
 *
 * const storage = await openStorage("photos-run");
 * const model = await planModel(await loadNetwork("nsfw"), { name: "nsfw" });
 * const corpus = await openCorpus("photos");
 * const plan = await makePlan(corpus, model, storage, { shardSize: 500 });
 *
 * using classifier = await openModel(plan, storage);
 * for (const shard of plan.lists.keys()) {
 *   const { images, failed } = await runShard(plan, shard, { classifier, storage });
 *   console.log(shard, images, failed); // 0 2 0
 * }
 * ```
 *
 * @module
 */
export type { Corpus, CorpusRow } from "./corpus/corpus.ts";
export { type CorpusOptions, openCorpus } from "./corpus/open_corpus.ts";
export { doneShards } from "./done_shards.ts";
export type { ImageReading, ReadImage } from "./image_reading.ts";
export { makePlan } from "./make_plan.ts";
export { openModel, type OpenModelOptions } from "./open_model.ts";
export {
  type BatchPlan,
  type BatchTask,
  planDigest,
  type PlannedImages,
  type PlannedModel,
  readPlan,
} from "./plan.ts";
export {
  planModel,
  type PlanModelOptions,
  type RunModel,
} from "./plan_model.ts";
export type { PlanOptions } from "./plan_options.ts";
export type { ShardRecord } from "./record.ts";
export type { FoundInRun, RunMatch } from "./nearest_in_run.ts";
export { searchRun, type SearchRunOptions } from "./search_run.ts";
export { runShard, type ShardIo } from "./run_shard.ts";
export { type RunStatus, runStatus, type RunStatusOptions } from "./status.ts";
export type { RunStorage, StoredFile } from "./storage.ts";
export { openStorage } from "./storage/open_storage.ts";
export type { Column, TableFormat } from "./table.ts";
export {
  CorruptRunError,
  ModelMismatchError,
  PackageUnavailableError,
  StorageError,
} from "../errors.ts";
