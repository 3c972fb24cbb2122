import { TotemError } from "../../errors.ts";
import { networkReason } from "../../io/network_reason.ts";

/** The server of a batch run's queue can't be reached, or can't keep a queue. */
export class QueueError extends TotemError {
  /** The class's name. */
  override readonly name = "QueueError";
  /** The cause, stable across versions. */
  readonly code = "queue";
}

/** The reason of a connection error. Some have it in their causes, or only a code. */
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
 * The error for a server that can't be reached.
 *
 * @returns A missing permission unchanged, as the command line says which one to add.
 */
export function unreachable(shown: string, cause: unknown): Error {
  return cause instanceof Error && cause.name === "NotCapable"
    ? cause
    : new QueueError(
      `Cannot reach ${shown}: ${networkReason(connectionReason(cause))}`,
      { cause },
    );
}
