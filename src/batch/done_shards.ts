import { type BatchPlan, shardImages } from "./plan.ts";
import type { RunStorage } from "./storage.ts";

/** The shards of a run that are done: those whose record is there. */
export async function doneShards(
  { lists }: Pick<BatchPlan, "lists">,
  storage: RunStorage,
): Promise<Set<number>> {
  const done = new Set<number>();
  for await (const { name } of storage.list("results")) {
    const [, digits] = name.match(/^results\/(\d{5,})\.json$/) ?? [];
    const shard = Number(digits ?? NaN);
    if (shard < lists.length) done.add(shard);
  }
  return done;
}

/** How many images some shards have. */
export function imagesOf(plan: BatchPlan, shards: Iterable<number>): number {
  let images = 0;
  for (const shard of shards) images += shardImages(plan, shard);
  return images;
}
