import { ArgumentError } from "../errors.ts";
import { isAddress } from "../io/address.ts";
import { withoutSlash, withSlashes } from "../io/paths.ts";
import { realPath } from "../io/real_path.ts";
import { VERSION } from "../version.ts";
import { URL_COLUMN } from "./columns.ts";
import type { Corpus } from "./corpus/corpus.ts";
import { currentFolder } from "./corpus/current_folder.ts";
import { type BatchPlan, MODEL_FILE, readPlan } from "./plan.ts";
import type { RunModel } from "./plan_model.ts";
import { askedPlan, type PlanOptions } from "./plan_options.ts";
import { plannedFolder } from "./root.ts";
import type { RunStorage } from "./storage.ts";

/**
 * The existing plan of a run; `undefined` if it has none. The corpus isn't walked again:
 * images added since then aren't part of the run. A missing model is written again.
 *
 * @throws {ArgumentError} When an option isn't valid, or the run was planned with other
 * options; the text names the first difference.
 * @throws {CorruptRunError} When this version can't read the plan.
 */
export async function matchPlan(
  storage: RunStorage,
  corpus: Pick<Corpus, "address" | "urlColumn">,
  model: RunModel,
  options: PlanOptions,
): Promise<BatchPlan | undefined> {
  const asked = askedPlan(options, model);
  const plan = await readPlan(storage);
  if (plan === undefined) return undefined;
  const before = decisions(plan);
  const now = decisions({
    totem: VERSION,
    task: asked.task,
    tables: asked.tables,
    shardSize: asked.shardSize,
    model: model.planned,
    images: {
      corpus: corpusName(corpus),
      urlColumn: corpus.urlColumn,
      maxPixels: asked.maxPixels,
      maxMemory: asked.maxMemory,
      allowTruncated: asked.allowTruncated,
    },
  });
  for (const what of Object.keys(now)) {
    if (before[what] === now[what]) continue;
    throw new ArgumentError(
      `Cannot plan ${storage.address} again as it was planned with ${what} ${
        before[what] ?? "not given"
      }, and now it is ${
        now[what] ?? "not given"
      }: ask for the same, or plan in another folder`,
    );
  }
  await assertSameFolder(plan, corpus.address, storage);
  const hasModel = await storage.has(MODEL_FILE);
  if (!hasModel) await storage.write(MODEL_FILE, model.file);
  return plan;
}

/**
 * Rejects a corpus with the same relative name in another folder. If the planned folder
 * isn't on this machine, that proves nothing: the run or the images may have been moved.
 */
async function assertSameFolder(
  plan: BatchPlan,
  corpus: string,
  storage: RunStorage,
): Promise<void> {
  const { resolve } = process.getBuiltinModule("node:path");
  const { existsSync } = process.getBuiltinModule("node:fs");
  const planned = plannedFolder(plan, storage);
  if (planned === undefined || isAddress(corpus)) return;
  // The folder itself, or for a list the current folder.
  const folders = [resolve(currentFolder(), corpus), currentFolder()];
  const [before, ...now] = await Promise.all(
    [planned, ...folders].map(realPath),
  );
  if (now.includes(before!) || !existsSync(before!)) return;
  throw new ArgumentError(
    `Cannot plan ${storage.address} again as its ${corpus} is in ${planned}, and now it is another in ${currentFolder()}: plan in the folder where it was planned, or a run in another folder`,
  );
}

/** The name of a corpus in a plan, without a trailing slash. */
export function corpusName({ address }: Pick<Corpus, "address">): string {
  return isAddress(address) ? address : withSlashes(withoutSlash(address));
}

/** The decisions in a plan before its images are known, by their names in messages. */
function decisions(
  { totem, task, tables, shardSize, model, images }:
    & Omit<BatchPlan, "format" | "lists" | "images">
    & {
      readonly images: {
        readonly [Name in keyof BatchPlan["images"]]?:
          | BatchPlan["images"][Name]
          | undefined;
      };
    },
): Readonly<Record<string, unknown>> {
  return {
    Totem: totem,
    "the corpus": images.corpus,
    "the column of addresses": images.urlColumn ?? URL_COLUMN.name,
    "the task": task,
    "the format": tables,
    "the shard size": shardSize,
    "the most pixels": images.maxPixels,
    "the most memory": images.maxMemory,
    "images that may be truncated": images.allowTruncated,
    "activation bits": model.activationBits,
    "the variant": model.variant,
    // Compared as text, since the SHA-256 includes the crop and resize.
    "the crop and resize": model.geometry,
    // The name isn't compared: it may be the path of the same file elsewhere.
    "the SHA-256 of the model": model.sha256,
  };
}
