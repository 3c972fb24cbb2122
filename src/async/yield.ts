import { throwIfAborted } from "./abort.ts";

/** Lets timers and events run, then throws if the signal has fired. */
export async function yieldToEventLoop(signal?: AbortSignal): Promise<void> {
  await new Promise(IN_DENO ? onTimeout : (resolve) => setTimeout(resolve, 0));
  throwIfAborted(signal);
}

const IN_DENO = typeof Deno !== "undefined";

/**
 * Calls `resolve` after a timer of 1 ms, the minimum of `setTimeout`. The first
 * `setTimeout` would load Deno's `node:timers`, which takes 5 ms and 2 MB.
 */
function onTimeout(resolve: (value: unknown) => void): void {
  AbortSignal.timeout(1).addEventListener("abort", resolve, { once: true });
}

/**
 * The maximum time that work blocks the thread, in ms. A server runs an image per thread
 * and one more, and handles other requests once each of them has had a slice.
 */
const SLICE_MS = 16;

/** A time slice of long work, which yields to other tasks at its end. */
export interface TimeSlice {
  /** Whether to call {@linkcode TimeSlice.yield}. */
  isOver(): boolean;
  /**
   * Lets timers and events run, throws if the signal has fired, and starts the next
   * slice.
   */
  yield(): Promise<void>;
}

/** The number of yielding tasks, and the last one to yield, with its time. */
let yielding = 0;
let last: TimeSlice | undefined;
let lastEnd = 0;

/** The maximum rounds of events that a task waits, so that it always continues. */
const MAX_ROUNDS = 4;

/**
 * Starts a slice of work, which `signal` may abort.
 *
 * Due timers fire one after another, and events are only processed afterwards. So only
 * one task runs between two rounds of events, and doesn't run again before another one
 * has.
 */
export function startTimeSlice(signal?: AbortSignal): TimeSlice {
  let begin = performance.now();
  const slice: TimeSlice = {
    isOver: () => performance.now() - begin > SLICE_MS,
    async yield() {
      lastEnd = performance.now();
      last = slice;
      yielding++;
      try {
        for (let round = 0; round < MAX_ROUNDS; round++) {
          await yieldToEventLoop();
          if (yielding === 1) break;
          const ranLast = last === slice && round === 0;
          // If so, it ran in this round of events.
          const anotherRan = performance.now() - lastEnd < 1;
          if (!ranLast && !anotherRan) break;
        }
      } finally {
        yielding--;
      }
      throwIfAborted(signal);
      begin = performance.now();
    },
  };
  return slice;
}
