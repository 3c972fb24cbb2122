import { AbortedError } from "../errors.ts";

/**
 * How long work may keep a thread to itself, in ms: a server has an image at work for
 * each thread and one more, and answers others between the turns of all.
 */
const TURN = 16;

/** Lets others have their turn amid long work. */
export interface Pace {
  /** Whether it is time for {@linkcode Pace.pause}. */
  isDue(): boolean;
  /**
   * Lets timers and events run.
   *
   * @throws {AbortedError} When the signal fired meanwhile.
   */
  pause(): Promise<void>;
}

/** Begins work that others, and `signal`, may interrupt. */
export function startPace(signal?: AbortSignal): Pace {
  let begin = performance.now();
  return {
    isDue: () => performance.now() - begin > TURN,
    async pause() {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (signal?.aborted) throw new AbortedError(signal.reason);
      begin = performance.now();
    },
  };
}
