import { type BatchPlan, shardImages, shardOfRecord } from "./plan.ts";
import { assertRun } from "./run_arguments.ts";
import type { RunStorage } from "./storage.ts";

/**
 * The shards of a run that are done: those whose record is there.
 *
 * @throws {ArgumentError} When an argument isn't the plan or the storage of a run.
 * @throws {StorageError} When results can't be listed.
 */
export async function doneShards(
  plan: BatchPlan,
  storage: RunStorage,
): Promise<Set<number>> {
  assertRun("find the shards that are done", plan, storage);
  const done = new Set<number>();
  for await (const { name } of storage.list("results")) {
    const shard = shardOfRecord(name);
    if (shard !== undefined && shard < plan.lists.length) done.add(shard);
  }
  return done;
}

/** How many images some shards have. */
export function imagesOf(plan: BatchPlan, shards: Iterable<number>): number {
  let images = 0;
  for (const shard of shards) images += shardImages(plan, shard);
  return images;
}
