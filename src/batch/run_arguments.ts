import { assertArgument, isObject } from "../argument.ts";
import { type BatchPlan, wrongPart } from "./plan.ts";
import type { RunStorage } from "./storage.ts";

/** @throws {ArgumentError} When an argument isn't the plan or the storage of a run. */
export function assertRun(
  action: string,
  plan: BatchPlan,
  storage: RunStorage,
): void {
  assertArgument(
    isObject(plan) && wrongPart(plan) === undefined,
    `${action} as its plan must be sound, as readPlan() gives it`,
    plan,
  );
  assertStorage(action, storage);
}

/** @throws {ArgumentError} When `storage` isn't the storage of a run. */
export function assertStorage(action: string, storage: RunStorage): void {
  const methods = ["read", "has", "write", "list"] as const;
  assertArgument(
    isObject(storage) && typeof storage.address === "string" &&
      methods.every((it) => typeof storage[it] === "function"),
    `${action} as its storage must be a RunStorage, as openStorage() gives it`,
    storage,
  );
}
