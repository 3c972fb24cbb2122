import { listColumns } from "../../src/batch/columns.ts";
import { openModel } from "../../src/batch/open_model.ts";
import {
  type BatchPlan,
  type BatchTask,
  listFile,
  planText,
} from "../../src/batch/plan.ts";
import { planModel, type RunModel } from "../../src/batch/plan_model.ts";
import type { RunStorage } from "../../src/batch/storage.ts";
import type { Column, TableFormat } from "../../src/batch/table.ts";
import { writeTable } from "../../src/batch/write_table.ts";
import type { Classifier } from "../../src/classifier.ts";
import { VERSION } from "../../src/version.ts";
import { sha256OfBytes } from "../../src/weights/store/sha256.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { memoryStorage } from "./memory_storage.ts";

const NARROW = await planModel(await narrowNetwork(), { variant: 75 });

/** The options of a run. */
export interface SmallRunOptions<S extends RunStorage = RunStorage> {
  readonly urls: readonly string[];
  readonly storage?: S;
  readonly task?: BatchTask;
  readonly tables?: TableFormat;
  readonly shardSize?: number;
  readonly root?: string;
  readonly columns?: readonly Column[];
  /** The values of each image. */
  readonly values?: readonly (readonly unknown[])[];
  readonly model?: RunModel;
}

/** Writes a run of a narrow model, and returns its plan. */
export async function smallRun(
  {
    urls,
    storage = memoryStorage(),
    task = "classify",
    tables = "jsonl",
    shardSize = urls.length,
    root,
    columns = [],
    values = urls.map(() => []),
    model = NARROW,
  }: SmallRunOptions,
): Promise<{ readonly plan: BatchPlan; readonly storage: RunStorage }> {
  const images = {
    corpus: "images",
    count: urls.length,
    columns,
    allowTruncated: false,
    ...root !== undefined && { root },
  };
  const lists: string[] = [];
  const unfinished: BatchPlan = {
    format: "totem batch 1",
    totem: VERSION,
    task,
    tables,
    model: model.planned,
    images,
    shardSize,
    lists,
  };
  const rows = urls.map((url, i) => [url, ...values[i]!]);
  for (let at = 0; at < rows.length; at += shardSize) {
    const list = await writeTable(tables, {
      columns: listColumns(unfinished),
      rows: rows.slice(at, at + shardSize),
    }, {});
    await storage.write(listFile(unfinished, lists.length), list);
    lists.push(await sha256OfBytes(list));
  }
  await storage.write("model.safetensors", model.file);
  const text = planText(unfinished);
  await storage.write("plan.json", new TextEncoder().encode(text));
  return { plan: unfinished, storage };
}

/** Opens the model of a run. */
export async function modelOf(
  { plan, storage }: {
    readonly plan: BatchPlan;
    readonly storage: RunStorage;
  },
  threads = 1,
): Promise<Classifier> {
  return await openModel(plan, storage, { threads });
}

/** Reads the rows of a result in JSON lines. */
export async function resultsOf(
  storage: RunStorage,
  shard = 0,
  // deno-lint-ignore no-explicit-any
): Promise<any[]> {
  const bytes = await storage.read(`results/0000${shard}.jsonl`);
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}
