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

/** What is done with the images of a run, and how they are cut into shards. */
export interface PlanOptions {
  /** What is done with each image: `"classify"` unless given. */
  readonly task?: BatchTask | undefined;
  /** How lists and results are written: `"parquet"` unless given. */
  readonly tables?: TableFormat | undefined;
  /** Images in a shard, 100,000 at most; 1000 unless given. */
  readonly shardSize?: number | undefined;
  /** The most pixels of an image; as for `classify` unless given. */
  readonly maxPixels?: number | undefined;
  /** Whether JPEGs that are cut short are decoded; `false` unless given. */
  readonly allowTruncated?: boolean | undefined;
  /** Called after each shard: how many images and shards there are so far. */
  readonly onProgress?:
    | ((images: number, shards: number) => void)
    | undefined;
  /** Aborts the planning; there is no run then. */
  readonly signal?: AbortSignal | undefined;
}

/** The options, with what is taken unless they are given. */
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
  if (others.maxPixels !== undefined) {
    assertWhole(CANNOT, "maxPixels", others.maxPixels, 1);
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

/** A shard is in memory whole: with 2048 features each these take 0.8 GB. */
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
