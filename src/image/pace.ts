import { AbortedError } from "../errors.ts";

/**
 * How long work may keep a thread to itself, in ms: a server has an image at work for
 * each thread and one more, and answers others between the turns of all.
 */
const TURN = 16;

/** Lets others have their turn during long work. */
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

/** Works that pause, and which one ran last until when. */
let paused = 0;
let last: Pace | undefined;
let lastEnd = 0;

/** How often a work stands back at most, so that it goes on whatever others do. */
const PATIENCE = 4;

/**
 * Begins work that others, and `signal`, may interrupt. Timers that are due fire one
 * after the other, and events only then. So of several works one has its turn between
 * two rounds of events, and not again before another has had one.
 */
export function startPace(signal?: AbortSignal): Pace {
  let begin = performance.now();
  const pace: Pace = {
    isDue: () => performance.now() - begin > TURN,
    async pause() {
      lastEnd = performance.now();
      last = pace;
      paused++;
      try {
        for (let i = 0; i < PATIENCE; i++) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          if (paused === 1) break;
          const isMine = last === pace && i === 0;
          // Then it was in this round.
          const wasOfAnother = performance.now() - lastEnd < 1;
          if (!isMine && !wasOfAnother) break;
        }
      } finally {
        paused--;
      }
      if (signal?.aborted) throw new AbortedError(signal.reason);
      begin = performance.now();
    },
  };
  return pace;
}
