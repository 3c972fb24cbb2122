import {
  type BatchPlan,
  planDigest,
  resultFile,
  shardImages,
} from "../../src/batch/plan.ts";
import { recordText, type ShardRecord } from "../../src/batch/record.ts";
import type { RunStorage } from "../../src/batch/storage.ts";

/** An arbitrary SHA-256. */
export const HASH = "0123456789abcdef".repeat(4);

/** Makes a plan for `count` images. */
export function planOf(count: number, shardSize: number): BatchPlan {
  return {
    format: "totem batch 1",
    totem: "0.1.0",
    task: "classify",
    tables: "parquet",
    model: {
      name: "nsfw",
      sha256: HASH,
      variant: "full",
      geometry: "the central 87.5%, antialiased resize",
      activationBits: 8,
      probe: HASH,
    },
    images: {
      corpus: "photos/",
      root: "../photos",
      count,
      columns: [],
      allowTruncated: false,
    },
    shardSize,
    lists: Array.from({ length: Math.ceil(count / shardSize) }, () => HASH),
  };
}

/** Writes the result of a shard, with changes to its record. */
export async function finishShard(
  plan: BatchPlan,
  storage: RunStorage,
  shard: number,
  changes: Partial<ShardRecord> = {},
): Promise<void> {
  const file = resultFile(shard, "parquet");
  await storage.write(file, new Uint8Array());
  const record: ShardRecord = {
    format: "totem batch shard 1",
    plan: await planDigest(plan),
    shard,
    images: shardImages(plan, shard),
    failed: 0,
    errors: {},
    files: { [file]: HASH },
    ...changes,
  };
  const bytes = new TextEncoder().encode(recordText(record));
  await storage.write(resultFile(shard, "json"), bytes);
}
