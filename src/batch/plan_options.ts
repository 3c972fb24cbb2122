import {
  assertArgument,
  assertChoice,
  assertFunctions,
  assertOptions,
  assertSignal,
  assertWhole,
  type OptionNames,
} from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import type { BatchTask } from "./plan.ts";
import type { RunModel } from "./plan_model.ts";
import type { TableFormat } from "./table.ts";

/** The task of a run, and how to read its images and split them into shards. */
export interface PlanOptions {
  /** The task. @default "classify" */
  readonly task?: BatchTask | undefined;
  /** The format of lists and results. @default "parquet" */
  readonly tables?: TableFormat | undefined;
  /** The number of images per shard, 1..100,000. @default 1000 */
  readonly shardSize?: number | undefined;
  /** The maximum number of pixels of an image; the limit of `classify` unless given. */
  readonly maxPixels?: number | undefined;
  /**
   * The maximum memory for decoding an image, in bytes; the limit of `classify` unless
   * given.
   */
  readonly maxMemory?: number | undefined;
  /** Whether truncated JPEGs are decoded. @default false */
  readonly allowTruncated?: boolean | undefined;
  /** Called after each list with the numbers of images and shards so far. */
  readonly onProgress?:
    | ((images: number, shards: number) => void)
    | undefined;
  /** Aborts the planning; no run is created then. */
  readonly signal?: AbortSignal | undefined;
}

/** The options, with defaults filled in. */
export type AskedPlan =
  & PlanOptions
  & Required<
    { [Name in (typeof DEFAULTED)[number]]: NonNullable<PlanOptions[Name]> }
  >;

const DEFAULTED = ["task", "tables", "shardSize", "allowTruncated"] as const;

const OPTIONS: OptionNames<PlanOptions> = {
  task: true,
  tables: true,
  shardSize: true,
  maxPixels: true,
  maxMemory: true,
  allowTruncated: true,
  onProgress: true,
  signal: true,
};

const CANNOT = "plan a batch run";

/** @throws {ArgumentError} When an option isn't valid, or the model can't do the task. */
export function askedPlan(options: PlanOptions, model: RunModel): AskedPlan {
  assertOptions(CANNOT, options, OPTIONS);
  const {
    task = "classify",
    tables = "parquet",
    shardSize = 1000,
    allowTruncated = false,
    ...others
  } = options;
  assertChoice(CANNOT, "task", task, ["classify", "features"]);
  assertChoice(CANNOT, "tables", tables, ["parquet", "jsonl"]);
  assertWhole(CANNOT, "shardSize", shardSize, 1, MOST_ROWS);
  for (const name of ["maxPixels", "maxMemory"] as const) {
    const limit = others[name];
    if (limit !== undefined) assertWhole(CANNOT, name, limit, 1);
  }
  assertArgument(
    typeof allowTruncated === "boolean",
    `${CANNOT} as allowTruncated must be true or false`,
    allowTruncated,
  );
  assertFunctions(CANNOT, others, ["onProgress"]);
  assertSignal(CANNOT, others.signal);
  if (task === "classify") assertClassifies(model);
  return { ...others, task, tables, shardSize, allowTruncated };
}

/** All rows of a shard are in memory: with 2048 features each, that is 0.8 GB. */
export const MOST_ROWS = 100_000;

function assertClassifies({ metadata, planned: { name } }: RunModel): void {
  const { value: activation } = metadata.activation;
  if (activation === null) {
    throw new ArgumentError(
      `Cannot ${CANNOT} that classifies as the model "${name}" has no classes: give --task features, or { task: "features" }`,
    );
  }
  if (activation === "none") {
    throw new ArgumentError(
      `Cannot ${CANNOT} that classifies as the model "${name}" gives logits, not probabilities: load it with --activation softmax or sigmoid, or { activation }, as it was trained; or give --task features, or { task: "features" }`,
    );
  }
}
