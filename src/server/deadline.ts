import { HangUp, Problem } from "./problem.ts";

/**
 * Does `work`, with a signal that fires when the client hangs up or the time is over.
 * Then this rejects at once, though the work may not heed the signal.
 *
 * @param client Fires when the client hangs up.
 * @param ms How long it may take.
 * @param late What to say when it took longer.
 * @throws {HangUp} When the client hung up.
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
  const over = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );
  client.addEventListener("abort", hangUp);
  if (client.aborted) hangUp();
  const timer = setTimeout(() => controller.abort(late()), ms);
  try {
    return await Promise.race([over, work(signal)]);
  } finally {
    clearTimeout(timer);
    client.removeEventListener("abort", hangUp);
  }
}

/** The server didn't get done in time. */
export function late(): Problem {
  return new Problem(504, "deadline", "There is no answer in time: try again");
}

/** The client didn't send in time. */
export function tooSlow(): Problem {
  return new Problem(408, "body-too-slow", "The body didn't come in time");
}
