import { DecoderUnavailableError } from "../errors.ts";
import {
  explainMissing,
  missingPermission,
} from "../runtime/missing_permission.ts";
import type { RequestEntry } from "../server/mod.ts";
import { withoutHandingIn } from "./file_error.ts";
import type { Terminal } from "./terminal.ts";

/** The formats of the log. */
export const LOG_FORMATS = ["text", "json", "none"] as const;

/** One of {@linkcode LOG_FORMATS}. */
export type LogFormat = typeof LOG_FORMATS[number];

/** Logs an answered request. */
export function logRequest(
  io: Terminal,
  format: LogFormat,
  entry: RequestEntry,
): void {
  const { method, path, status, ms, bytes, images, error } = entry;
  const time = new Date().toISOString();
  const rounded = Number(ms.toFixed(1));
  if (format === "json") {
    io.tellJson({
      ...{ time, method, path, status, ms: rounded, bytes, images },
      ...error !== undefined && { error: stackOf(error) },
    });
  } else if (format === "text") {
    io.tell(
      `${time} ${method} ${path} ${status} ${rounded} ms, ${bytes} bytes, ${images} image${
        images === 1 ? "" : "s"
      }${error === undefined ? "" : `: ${stackOf(error).split("\n")[0]}`}`,
    );
  }
}

/** Logs an event other than a request. */
export function logEvent(
  io: Terminal,
  format: LogFormat,
  message: string,
): void {
  const time = new Date().toISOString();
  if (format === "json") io.tellJson({ time, message });
  else io.tell(message);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const missing = missingPermission(error);
  if (missing !== null) return explainMissing(missing);
  const stack = error.stack ?? error.message;
  return error instanceof DecoderUnavailableError
    ? withoutHandingIn(stack)
    : stack;
}
