import { assertOptions, type OptionNames } from "../argument.ts";
import type { Classifier } from "../classifier.ts";
import { CorruptRunError } from "../errors.ts";
import { sha256OfBytes } from "../weights/store/sha256.ts";
import {
  assertPlanned,
  assertSame,
  assertSameVersion,
} from "./assert_planned.ts";
import { loadExact } from "./load_exact.ts";
import { type BatchPlan, MODEL_FILE } from "./plan.ts";
import { assertRun } from "./run_arguments.ts";
import type { RunStorage } from "./storage.ts";

/** Options of `openModel`. */
export interface OpenModelOptions {
  /** The number of threads, 1..64, or `"auto"`: one per core. @default "auto" */
  readonly threads?: number | "auto" | undefined;
  /** Aborts the opening. */
  readonly signal?: AbortSignal | undefined;
}

const OPTIONS: OptionNames<OpenModelOptions> = {
  threads: true,
  signal: true,
};

/**
 * Opens the model of a run, and checks that this machine computes exactly the same answers
 * as the machine that planned the run. Each thread runs one image.
 *
 * @throws {CorruptRunError} When the run has no model.
 * @throws {ModelMismatchError} When the answers differ, or may differ, from the plan's;
 * the message names the difference.
 * @throws {CorruptWeightsError | BackendUnavailableError | MemoryLimitError} When the
 * model can't be loaded as int8 on WASM.
 * @throws {AbortedError} When the signal fires.
 */
export async function openModel(
  plan: BatchPlan,
  storage: RunStorage,
  options: OpenModelOptions = {},
): Promise<Classifier> {
  assertRun("open the model of a run", plan, storage);
  assertOptions("open the model of a run", options, OPTIONS);
  const { threads = "auto", signal } = options;
  const { variant, activationBits, sha256 } = plan.model;
  assertSameVersion(plan, storage);
  const file = await storage.read(MODEL_FILE, signal);
  if (file === undefined) {
    throw new CorruptRunError(
      `Cannot work on ${storage.address} as it has no ${MODEL_FILE}: plan the run again`,
    );
  }
  assertSame(
    storage.address,
    `a ${MODEL_FILE} with the SHA-256`,
    sha256,
    await sha256OfBytes(file),
    "the file was changed or damaged. Put the planned one back, or plan the run again in another folder",
  );
  const classifier = await loadExact(file, {
    variant,
    activationBits,
    threads,
    threading: "throughput",
    signal,
  });
  try {
    await assertPlanned(plan, storage, classifier, signal);
    return classifier;
  } catch (error) {
    classifier.dispose();
    throw error;
  }
}
