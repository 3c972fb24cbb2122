/**
 * The plan of a batch run: the images, the task, and everything that determines the
 * answers. It contains no times or machine names, so the same images and options give the
 * same plan.
 *
 * @module
 */
import { assertArgument, isObject } from "../argument.ts";
import { CorruptRunError } from "../errors.ts";
import type { Variant } from "../model/inception_options.ts";
import { isSha256, sha256OfText } from "../weights/store/sha256.ts";
import { assertStorage, type RunStorage } from "./storage.ts";
import type { Column, TableFormat } from "./table.ts";

/** The task of a batch run: the classes of each image, or its features. */
export type BatchTask = "classify" | "features";

/** The plan of a batch run. */
export interface BatchPlan {
  /** The format of the plan. */
  readonly format: "totem batch 1";
  /** The version of Totem that made it. Other versions may give other answers. */
  readonly totem: string;
  /** The task. */
  readonly task: BatchTask;
  /** The format of lists and results. */
  readonly tables: TableFormat;
  /** The model, and how to run it. */
  readonly model: PlannedModel;
  /** The images, and how to read them. */
  readonly images: PlannedImages;
  /** The number of images per shard. The last shard may have fewer. */
  readonly shardSize: number;
  /** The SHA-256 of each shard's list. */
  readonly lists: readonly string[];
}

/** The model of a batch run, and how to run it. */
export interface PlannedModel {
  /** Its name, for people. */
  readonly name: string;
  /** The SHA-256 of the run's `model.safetensors`. */
  readonly sha256: string;
  /** The size of its input. */
  readonly variant: Variant;
  /** The crop and the resizing of images, in words. */
  readonly geometry: string;
  /** The bits of its activations. */
  readonly activationBits: 7 | 8;
  /** The SHA-256 of its labels and of its exact answers for a test pattern. */
  readonly probe: string;
}

/** The images of a batch run. */
export interface PlannedImages {
  /** The location of the corpus: a folder, a file or `s3://bucket/prefix/`. */
  readonly corpus: string;
  /** The column of a Parquet corpus with the paths or URLs. */
  readonly urlColumn?: string;
  /** The folder for relative paths: absolute, or relative to the run's folder. */
  readonly root?: string;
  /** The number of images. */
  readonly count: number;
  /** The columns copied from the corpus to the results. */
  readonly columns: readonly Column[];
  /** The maximum number of pixels of an image, if not the default. */
  readonly maxPixels?: number;
  /** The maximum memory for decoding an image in bytes, if not the default. */
  readonly maxMemory?: number;
  /** Whether truncated JPEGs are decoded. */
  readonly allowTruncated: boolean;
}

const FORMAT: BatchPlan["format"] = "totem batch 1";

/** The plan's file in a run. It is written last: without it, the run isn't planned. */
export const PLAN_FILE = "plan.json";
/** The model's file in a run. */
export const MODEL_FILE = "model.safetensors";

/** The number of a shard as in its file names: `00017`. */
export function shardName(shard: number): string {
  return `${shard}`.padStart(5, "0");
}

/** The name of a shard's list in a run. */
export function listFile(
  { tables }: Pick<BatchPlan, "tables">,
  shard: number,
): string {
  return `lists/${shardName(shard)}.${tables}`;
}

/**
 * The name of a file of a shard's result. The one that ends with `json` is the record: if
 * it exists, the shard is done.
 */
export function resultFile(
  shard: number,
  ending: TableFormat | "npy" | "json",
): string {
  return `results/${shardName(shard)}.${ending}`;
}

/** The shard of a record, by its file's name; `undefined` for other files. */
export function shardOfRecord(name: string): number | undefined {
  const shard = Number(name.match(/^results\/(\d{5,15})\.json$/)?.[1]);
  // `000017.json` isn't a shard's record.
  return resultFile(shard, "json") === name ? shard : undefined;
}

/** The number of images in a shard. */
export function shardImages(
  { shardSize, images, lists }: BatchPlan,
  shard: number,
): number {
  return shard < lists.length - 1
    ? shardSize
    : images.count - shardSize * (lists.length - 1);
}

/** Serializes a plan. */
export function planText(plan: BatchPlan): string {
  return `${JSON.stringify(plan, null, 1)}\n`;
}

/**
 * The SHA-256 of a plan's text, which identifies the plan.
 *
 * @throws {ArgumentError} When it isn't a plan.
 */
export async function planDigest(plan: BatchPlan): Promise<string> {
  assertIsPlan("identify a plan", plan);
  return await sha256OfText(planText(plan));
}

/**
 * Reads the plan of a run; `undefined` if there is none yet.
 *
 * @throws {ArgumentError} When `storage` isn't the storage of a run.
 * @throws {CorruptRunError} When this version can't read it as a plan.
 */
export async function readPlan(
  storage: RunStorage,
): Promise<BatchPlan | undefined> {
  assertStorage("read a plan", storage);
  const bytes = await storage.read(PLAN_FILE);
  if (bytes === undefined) return undefined;
  const where = `${storage.address}/${PLAN_FILE}`;
  let plan: unknown;
  try {
    plan = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new CorruptRunError(
      `Cannot read ${where} as it isn't JSON: plan the run again`,
      { cause },
    );
  }
  assertPlan(plan, where);
  return plan;
}

function assertPlan(
  plan: unknown,
  where: string,
): asserts plan is BatchPlan {
  if (!isObject(plan) || (plan as { format?: unknown }).format !== FORMAT) {
    throw new CorruptRunError(
      `Cannot read ${where} as it isn't the plan of a batch run in the format "${FORMAT}"`,
    );
  }
  const wrong = wrongPart(plan);
  if (wrong === undefined) return;
  throw new CorruptRunError(
    `Cannot read ${where} as its "${wrong}" isn't sound: plan the run again in another folder`,
  );
}

/** @throws {ArgumentError} When `plan` isn't a plan. */
export function assertIsPlan(action: string, plan: BatchPlan): void {
  assertArgument(
    isObject(plan) && wrongPart(plan) === undefined,
    `${action} as its plan must be sound, as readPlan() gives it`,
    plan,
  );
}

/** The name of the first invalid part of a plan. */
function wrongPart(plan: object): string | undefined {
  const { format, task, tables, totem, model, images, shardSize, lists } =
    plan as { [Name in keyof BatchPlan]?: unknown };
  const isCount = (value: unknown) =>
    Number.isSafeInteger(value) && Number(value) >= 1;
  const { count, columns, root, maxPixels, maxMemory, allowTruncated } = {
    ...images as Partial<PlannedImages>,
  };
  const { sha256, probe, activationBits, geometry } = {
    ...model as Partial<PlannedModel>,
  };
  const checks = {
    format: format === FORMAT,
    totem: typeof totem === "string",
    task: task === "classify" || task === "features",
    tables: tables === "parquet" || tables === "jsonl",
    model: isObject(model) && isSha256(sha256) && isSha256(probe) &&
      (activationBits === 7 || activationBits === 8) &&
      typeof geometry === "string",
    images: isObject(images) && isCount(count) && Array.isArray(columns) &&
      (root === undefined || typeof root === "string") &&
      [maxPixels, maxMemory].every((it) => it === undefined || isCount(it)) &&
      typeof allowTruncated === "boolean",
    shardSize: isCount(shardSize),
    lists: Array.isArray(lists) && lists.every(isSha256) &&
      lists.length === Math.ceil(count! / Number(shardSize)),
  };
  return Object.entries(checks).find(([, isSound]) => !isSound)?.[0];
}
