import type { Classifier } from "../classifier.ts";
import { ModelMismatchError } from "../errors.ts";
import { describeGeometry } from "../model/describe_metadata.ts";
import { VERSION } from "../version.ts";
import type { BatchPlan } from "./plan.ts";
import { probeModel } from "./probe_model.ts";
import type { RunStorage } from "./storage.ts";

/** @throws {ModelMismatchError} When a run was planned with another version of Totem. */
export function assertSameVersion(
  { totem }: BatchPlan,
  { address }: RunStorage,
): void {
  assertSame(
    address,
    "Totem",
    totem,
    VERSION,
    "another version may give other answers. Use that version, or plan the run again in another folder",
  );
}

/**
 * Checks that a model gives exactly the same answers as the plan's.
 *
 * @throws {ModelMismatchError} When the answers are, or may be, different; the text names
 * the difference.
 * @throws {AbortedError} When the signal fires.
 */
export async function assertPlanned(
  plan: BatchPlan,
  storage: RunStorage,
  classifier: Classifier,
  signal?: AbortSignal,
): Promise<void> {
  assertSameVersion(plan, storage);
  const { address } = storage;
  assertSame(
    address,
    "the geometry",
    plan.model.geometry,
    describeGeometry(classifier.metadata),
    "plan the run again in another folder",
  );
  assertSame(
    address,
    "answers for the test pattern with the SHA-256",
    plan.model.probe,
    await probeOf(classifier, signal),
    "the model has other labels, or this machine computes other answers than the machine that planned the run. Use the run's own model; if this is it, update Deno or Node, check this machine's memory, or leave the machine out",
  );
}

/** @throws {ModelMismatchError} When `here` isn't what was planned. */
export function assertSame(
  address: string,
  what: string,
  planned: string,
  here: string,
  advice: string,
): void {
  if (planned === here) return;
  throw new ModelMismatchError(
    `Cannot work on ${address} as it was planned with ${what} ${planned}, and here it is ${here}: ${advice}`,
  );
}

/** Each model is probed once, not for every shard. */
const probes = new WeakMap<Classifier, string>();

async function probeOf(
  classifier: Classifier,
  signal: AbortSignal | undefined,
): Promise<string> {
  const probe = probes.get(classifier) ??
    await probeModel(classifier, signal);
  probes.set(classifier, probe);
  return probe;
}
