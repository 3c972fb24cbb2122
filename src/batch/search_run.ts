import {
  assertArgument,
  assertFunctions,
  assertOptions,
  assertWhole,
  type OptionNames,
} from "../argument.ts";
import type { Classifier } from "../classifier.ts";
import { ArgumentError } from "../errors.ts";
import { DECODE_OPTIONS } from "../image/decode_options.ts";
import type { DecodeOptions, ImageSource } from "../image/mod.ts";
import { assertPlanned } from "./assert_planned.ts";
import { type FoundInRun, nearestInRun } from "./nearest_in_run.ts";
import type { BatchPlan } from "./plan.ts";
import { assertRun } from "./run_arguments.ts";
import type { RunStorage } from "./storage.ts";

/** Options of `searchRun`. */
export interface SearchRunOptions extends DecodeOptions {
  /** The number of images to find, at least 1. @default 10 */
  readonly top?: number | undefined;
  /** Called after each shard with the numbers of shards searched and in total. */
  readonly onShard?: ((done: number, total: number) => void) | undefined;
  /** Aborts the search between shards. */
  readonly signal?: AbortSignal | undefined;
}

const CANNOT = "search a batch run";

const OPTIONS: OptionNames<SearchRunOptions> = {
  ...DECODE_OPTIONS,
  top: true,
  onShard: true,
};

/**
 * Finds the images of a run of features that are most similar to `image`, without an
 * index. The matches are exactly those of an index of the same images. Failed images are
 * left out. Each call reads all features of the run, 8.2 KB an image, but has those of a
 * few shards in memory.
 *
 * @param classifier The run's own model, as `openModel` opens it.
 * @throws {CorruptRunError} When a result is damaged or of another plan; the text names it.
 * @throws {ModelMismatchError} When the classifier gives other answers than the plan's.
 * @throws {StorageError} When a result can't be read.
 * @throws {ArgumentError} When the run's task isn't `features`, or another argument isn't
 * valid.
 * @throws {AbortedError} When the signal fires.
 * @throws As `Classifier.features`, when the image can't be read.
 */
export async function searchRun(
  plan: BatchPlan,
  storage: RunStorage,
  classifier: Classifier,
  image: ImageSource,
  options: SearchRunOptions = {},
): Promise<FoundInRun> {
  assertRun(CANNOT, plan, storage);
  assertArgument(
    typeof classifier?.features === "function",
    `${CANNOT} as classifier must be the run's model, as openModel() gives it`,
    classifier,
  );
  assertOptions(CANNOT, options, OPTIONS);
  assertFunctions(CANNOT, options, ["onShard"]);
  const { top = 10, onShard, ...reading } = options;
  assertWhole(CANNOT, "top", top, 1);
  if (plan.task !== "features") {
    throw new ArgumentError(
      `Cannot ${CANNOT} as its task must be features: it is ${plan.task}`,
    );
  }
  const { signal } = reading;
  await assertPlanned(plan, storage, classifier, signal);
  const features = await classifier.features(image, reading);
  const asked = { top, onShard, signal };
  return await nearestInRun(plan, storage, features, asked);
}
