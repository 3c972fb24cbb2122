import { npyHeader } from "../../src/io/npy.ts";
import { asBytes } from "../../src/io/bytes.ts";
import { resultColumns } from "../../src/batch/columns.ts";
import {
  type BatchPlan,
  MODEL_FILE,
  PLAN_FILE,
  planDigest,
  planText,
  resultFile,
} from "../../src/batch/plan.ts";
import { RECORD_FORMAT, recordText } from "../../src/batch/record.ts";
import type { RunStorage } from "../../src/batch/storage.ts";
import type { TableFormat } from "../../src/batch/table.ts";
import { writeTable } from "../../src/batch/write_table.ts";
import { sha256OfBytes } from "../../src/weights/store/sha256.ts";

const HASH = "0123456789abcdef".repeat(4);

/** An image of a run with its features, or `null` if it failed. */
export interface MadeUpImage {
  readonly url: string;
  readonly features: Float32Array | null;
}

/**
 * Writes a run of features with results for all shards, as workers would.
 *
 * @param model Its file, and the plan's description of it.
 */
export async function writeMadeUpRun(
  storage: RunStorage,
  images: readonly MadeUpImage[],
  { width, shardSize, tables = "jsonl", root, model }: {
    readonly width: number;
    readonly shardSize: number;
    readonly tables?: TableFormat;
    readonly root?: string;
    readonly model?: {
      readonly file: Uint8Array;
      readonly planned: BatchPlan["model"];
    };
  },
): Promise<BatchPlan> {
  const shards = Math.ceil(images.length / shardSize);
  const plan: BatchPlan = {
    format: "totem batch 1",
    totem: "0.0.0",
    task: "features",
    tables,
    model: model?.planned ?? {
      name: "made up",
      sha256: HASH,
      variant: 75,
      geometry: "central crop, antialiased resize",
      activationBits: 8,
      probe: HASH,
    },
    images: {
      corpus: "photos",
      ...root !== undefined && { root },
      count: images.length,
      columns: [],
      allowTruncated: false,
    },
    shardSize,
    lists: Array(shards).fill(HASH),
  };
  if (model) await storage.write(MODEL_FILE, model.file);
  const digest = await planDigest(plan);
  for (let shard = 0; shard < shards; shard++) {
    const some = images.slice(shard * shardSize, (shard + 1) * shardSize);
    const rows = some.map(({ url, features }) =>
      features ? [url, null, null] : [url, "absent", "there is no such file"]
    );
    const columns = resultColumns(plan);
    const header = npyHeader([some.length, width]);
    const array = new Uint8Array(header.length + some.length * width * 4);
    array.set(header);
    for (const [i, { features }] of some.entries()) {
      const row = features ?? new Float32Array(width).fill(NaN);
      array.set(asBytes(row), header.length + i * width * 4);
    }
    const table = await writeTable(tables, { columns, rows }, {});
    const files: Record<string, string> = {};
    for (const [ending, bytes] of [[tables, table], ["npy", array]] as const) {
      const name = resultFile(shard, ending);
      await storage.write(name, bytes);
      files[name] = await sha256OfBytes(bytes);
    }
    const record = recordText({
      format: RECORD_FORMAT,
      plan: digest,
      shard,
      images: some.length,
      failed: some.filter(({ features }) => !features).length,
      errors: {},
      files,
    });
    await storage.write(
      resultFile(shard, "json"),
      new TextEncoder().encode(record),
    );
  }
  await storage.write(PLAN_FILE, new TextEncoder().encode(planText(plan)));
  return plan;
}
