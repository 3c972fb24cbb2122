import { assertIsPlan, type BatchPlan } from "./plan.ts";
import { assertStorage, type RunStorage } from "./storage.ts";

/** @throws {ArgumentError} When an argument isn't the plan or the storage of a run. */
export function assertRun(
  action: string,
  plan: BatchPlan,
  storage: RunStorage,
): void {
  assertIsPlan(action, plan);
  assertStorage(action, storage);
}
