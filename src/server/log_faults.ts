import { TotemError } from "../errors.ts";
import { redactUrls } from "../io/address.ts";
import {
  explainMissing,
  missingPermission,
} from "../runtime/missing_permission.ts";
import { printable } from "../text/printable.ts";
import type { RequestEntry } from "./options.ts";

/**
 * Creates the default `onRequest`, which writes internal errors to `console.error`,
 * without possible secrets in URLs. An error that repeats the previous one isn't written
 * again, for example while the model can't be loaded.
 */
export function startFaultLog(): (entry: RequestEntry) => void {
  let last = "";
  return ({ method, path, status, error }) => {
    if (error === undefined) return;
    const reason = redactUrls(describe(error));
    if (reason === last) return;
    last = reason;
    const lines = `${method} ${path} ${status}: ${reason}`.split("\n");
    console.error(lines.map(printable).join("\n"));
  };
}

/**
 * For Totem's own errors and missing permissions, the message is enough. Others need the
 * stack.
 */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TotemError) return error.message;
  const missing = missingPermission(error);
  if (missing !== null) return explainMissing(missing);
  return error.stack ?? String(error);
}
