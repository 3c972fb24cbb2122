import { abortable } from "../async/abort.ts";
import { HangUp, type Problem } from "./problem.ts";

/**
 * Runs `work` with a signal that fires when the client hangs up or after `ms`. Then it
 * rejects immediately, with {@linkcode HangUp} or the result of `late`, even if the work
 * ignores the signal.
 */
export async function withDeadline<T>(
  client: AbortSignal,
  ms: number,
  late: () => Problem,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const hangUp = () => controller.abort(new HangUp("The client hung up"));
  client.addEventListener("abort", hangUp);
  if (client.aborted) hangUp();
  const timer = setTimeout(() => controller.abort(late()), ms);
  try {
    return await abortable(work(signal), signal);
  } finally {
    clearTimeout(timer);
    client.removeEventListener("abort", hangUp);
  }
}
