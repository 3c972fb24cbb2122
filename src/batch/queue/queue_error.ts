import { TotemError } from "../../errors.ts";

/** What hands out the shards of a batch run can't be reached, or refuses to serve. */
export class QueueError extends TotemError {
  /** The class's name. */
  override readonly name = "QueueError";
  /** The cause, stable across versions. */
  readonly code = "queue";
}

/** What an error of a connection says: some say it in their causes, or in a code only. */
export function connectionReason(error: unknown): string {
  if (!(error instanceof Error)) return `${error}`;
  const { code, errors } = error as {
    readonly code?: unknown;
    readonly errors?: readonly unknown[];
  };
  if (errors?.length) return connectionReason(errors[0]);
  return error.message || `${code ?? error.name}`;
}

/**
 * What a failed connection is told as.
 *
 * @returns What Deno refused as it is: the command line says what to allow.
 */
export function unreachable(shown: string, cause: unknown): Error {
  return cause instanceof Error && cause.name === "NotCapable"
    ? cause
    : new QueueError(`Cannot reach ${shown}: ${connectionReason(cause)}`, {
      cause,
    });
}
