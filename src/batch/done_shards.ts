import {
  type BatchPlan,
  resultFile,
  shardImages,
  shardOfRecord,
} from "./plan.ts";
import { assertRun } from "./run_arguments.ts";
import type { RunStorage } from "./storage.ts";

/**
 * The numbers of the finished shards of a run: those with a record and all the result
 * files that it names.
 *
 * @throws {ArgumentError} When an argument isn't the plan or the storage of a run.
 * @throws {StorageError} When results can't be listed.
 */
export async function doneShards(
  plan: BatchPlan,
  storage: RunStorage,
): Promise<Set<number>> {
  assertRun("find the shards that are done", plan, storage);
  const files = new Set<string>();
  for await (const { name } of storage.list("results")) files.add(name);
  const done = new Set<number>();
  for (const name of files) {
    const shard = shardOfRecord(name);
    if (shard === undefined || shard >= plan.lists.length) continue;
    if (await hasResults(plan, storage, shard, files)) done.add(shard);
  }
  return done;
}

/** Whether the files of a shard were listed, or have been written since. */
async function hasResults(
  { task, tables }: BatchPlan,
  storage: RunStorage,
  shard: number,
  listed: ReadonlySet<string>,
): Promise<boolean> {
  const endings = task === "features" ? [tables, "npy"] as const : [tables];
  for (const ending of endings) {
    const name = resultFile(shard, ending);
    if (!listed.has(name) && !await storage.has(name)) return false;
  }
  return true;
}

/** The number of images in some shards. */
export function imagesOf(plan: BatchPlan, shards: Iterable<number>): number {
  let images = 0;
  for (const shard of shards) images += shardImages(plan, shard);
  return images;
}
