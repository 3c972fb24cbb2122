import { AbortedError } from "../errors.ts";

/**
 * Gives other tasks a turn.
 *
 * @throws {AbortedError} When the signal has fired.
 */
export async function giveWay(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  if (signal?.aborted) throw new AbortedError(signal.reason);
}
