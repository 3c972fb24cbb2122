/**
 * Batch runs of features for `totem search`.
 *
 * @module
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { loadExact } from "../batch/load_exact.ts";
import { nearestInRun } from "../batch/nearest_in_run.ts";
import { type BatchPlan, MODEL_FILE, readPlan } from "../batch/plan.ts";
import { rootOf } from "../batch/root.ts";
import type { RunStorage } from "../batch/storage.ts";
import { openStorage } from "../batch/storage/open_storage.ts";
import type { Classifier } from "../classifier.ts";
import {
  ArgumentError,
  CorruptRunError,
  ModelMismatchError,
} from "../errors.ts";
import { isAbsolutePath, pathIn } from "../io/paths.ts";
import type { createCodeMatrix } from "../search/code_matrix.ts";
import {
  assertSameModel,
  describeModel,
  type FeatureModel,
} from "../search/mod.ts";
import { sha256OfBytes } from "../weights/store/sha256.ts";
import { FileError } from "./file_error.ts";
import { isWebAddress } from "./index_file.ts";
import { loadModel, MODEL_OPTIONS, type ModelValues } from "./model_options.ts";
import { UsageError } from "./options.ts";
import type { Searched, SearchModelValues } from "./searched.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Opens the batch run at `path`, a folder or an address.
 *
 * @throws {FileError} When there is no run, or its task isn't `features`.
 */
export async function openSearchedRun(
  io: Terminal,
  path: string,
  matrixOf: typeof createCodeMatrix,
): Promise<Searched> {
  const storage = await openStorage(path);
  const plan = await readPlan(storage);
  const problem = plan === undefined
    ? "it has no plan.json, so it isn't a batch run: totem index makes an index of a folder of images"
    : plan.task !== "features"
    ? `it is a batch run with the task ${plan.task}: only runs of totem batch plan --task features can be searched`
    : undefined;
  if (plan === undefined || problem !== undefined) {
    throw new FileError("search", path, problem!);
  }
  return {
    async loadModel(io, values) {
      const { model, threads } = values;
      const wideVectors = values["wide-vectors"];
      if (model !== undefined) {
        return await loadModel(io, { ...values, model }, 1).model;
      }
      assertPinned(path, values);
      return await loadOwn(plan, storage, threads, wideVectors);
    },
    async nearest(model, features, top) {
      await assertRunModel(path, plan, storage, model);
      using progress = io.showProgress((done, total) =>
        `${done} of ${total} shards of ${path} searched`
      );
      const { matches, missing } = await nearestInRun(plan, storage, features, {
        top,
        matrixOf,
        onShard: progress.update,
      });
      if (missing > 0) {
        io.tellWarning(
          `${path}: ${missing} of ${plan.lists.length} shards have no result yet: their images weren't searched`,
        );
      }
      return matches.map(({ url, similarity }) => ({
        file: placeOf(plan, storage, url),
        similarity,
      }));
    },
  };
}

/** @throws {UsageError} When an option would change the model that the plan pins. */
function assertPinned(path: string, values: SearchModelValues): void {
  // These don't affect the results.
  const { model: _, threads: _t, "wide-vectors": _w, ...others } =
    MODEL_OPTIONS;
  const asked = Object.keys(others) as (keyof typeof others)[];
  const given = asked.find((name) => values[name] !== others[name].absent);
  if (given === undefined) return;
  throw new UsageError(
    `Cannot use --${given} with the model of ${path} as the run's plan pins it: leave it out, or give --model`,
  );
}

/** The models that were loaded from runs, each with the key of its features. */
const own = new WeakMap<FeatureModel, string>();

function keyOf({ model }: BatchPlan): string {
  return `${model.sha256} ${model.variant}`;
}

/** Loads the model of a run as its workers do. */
async function loadOwn(
  plan: BatchPlan,
  storage: RunStorage,
  threads: ModelValues["threads"] = 1,
  wideVectors = false,
): Promise<Classifier> {
  const { variant, activationBits, sha256 } = plan.model;
  const file = await storage.read(MODEL_FILE);
  const where = `${storage.address}/${MODEL_FILE}`;
  if (file === undefined) {
    throw new CorruptRunError(
      `Cannot read ${where} as it is missing: put it back, or give --model`,
    );
  }
  if (await sha256OfBytes(file) !== sha256) {
    throw new CorruptRunError(
      `Cannot use ${where} as it isn't the plan's: its SHA-256 differs. Put that one back`,
    );
  }
  const classifier = await loadExact(file, {
    variant,
    activationBits,
    // One thread is enough for one image, as in other commands.
    threads: threads === "auto" ? 1 : threads,
    threading: "latency",
    wideVectors,
  });
  own.set(classifier, keyOf(plan));
  return classifier;
}

/** @throws {FileError} When `model` computes other features than the run's model. */
async function assertRunModel(
  path: string,
  plan: BatchPlan,
  storage: RunStorage,
  model: FeatureModel,
): Promise<void> {
  if (own.get(model) === keyOf(plan)) return;
  using classifier = await loadOwn(plan, storage);
  const planned = await describeModel(classifier, plan.model.name);
  try {
    await assertSameModel({ model: planned }, model);
  } catch (error) {
    if (!(error instanceof ModelMismatchError)) throw error;
    throw new FileError(
      "search",
      path,
      `${error.message}. Without --model the model of the first --index is used`,
      { cause: error },
    );
  }
}

/** The location of an image of the run: a relative path or an address. */
function placeOf(
  plan: BatchPlan,
  storage: RunStorage,
  url: string,
): string {
  if (isWebAddress(url)) return url;
  if (/^file:/i.test(url) && URL.canParse(url)) return fileURLToPath(url);
  const root = isAbsolutePath(url) ? undefined : rootIn(plan, storage);
  const file = root === undefined ? url : pathIn(root, url);
  const fromHere = relative(".", file);
  return fromHere.startsWith("..") ? file : fromHere;
}

/** The folder for relative paths; `undefined` if the plan's can't be resolved here. */
function rootIn(plan: BatchPlan, storage: RunStorage): string | undefined {
  try {
    return rootOf(plan, storage);
  } catch (error) {
    if (error instanceof ArgumentError) return undefined;
    throw error;
  }
}
