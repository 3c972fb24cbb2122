import { TotemError } from "../errors.ts";
import { redactUrls } from "../io/address.ts";
import {
  explainMissing,
  missingPermission,
} from "../runtime/missing_permission.ts";
import { printable } from "../text/printable.ts";
import type { RequestEntry } from "./options.ts";

/**
 * Makes the `onRequest` of a handler that is given none: it writes what went wrong inside
 * to `console.error`, without what may be secret in addresses. Requests that fail for the
 * same reason as the one before write nothing, as all do while there is no model.
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
 * The messages of Totem's own errors and of missing permissions say it all; others are told
 * with their stack.
 */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TotemError) return error.message;
  const missing = missingPermission(error);
  if (missing !== null) return explainMissing(missing);
  return error.stack ?? String(error);
}
