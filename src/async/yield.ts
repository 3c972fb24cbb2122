import { throwIfAborted } from "./abort.ts";

/** Lets timers and events run, and throws if the signal has fired by then. */
export async function yieldToEventLoop(signal?: AbortSignal): Promise<void> {
  await new Promise(IN_DENO ? onTimeout : (resolve) => setTimeout(resolve, 0));
  throwIfAborted(signal);
}

const IN_DENO = typeof Deno !== "undefined";

/**
 * Calls `resolve` when a timer of 1 ms, the least of `setTimeout`, has fired. The first
 * `setTimeout` loads Deno's `node:timers`, which takes 5 ms and 2 MB.
 */
function onTimeout(resolve: (value: unknown) => void): void {
  AbortSignal.timeout(1).addEventListener("abort", resolve, { once: true });
}

/**
 * How long work may keep the thread, in ms. A server runs an image for each thread and
 * one more, and answers other requests once each of them has had its time.
 */
const SLICE_MS = 16;

/** The time for which long work keeps the thread before it lets others run. */
export interface TimeSlice {
  /** Whether to call {@linkcode TimeSlice.yield}. */
  isOver(): boolean;
  /** Lets timers and events run, throws if the signal has fired, and begins the next. */
  yield(): Promise<void>;
}

/** How many tasks are yielding, and which one yielded last, when. */
let yielding = 0;
let last: TimeSlice | undefined;
let lastEnd = 0;

/** How many rounds of events a task waits at most, so that it goes on in any case. */
const MAX_ROUNDS = 4;

/**
 * Begins a slice of work that `signal` may abort.
 *
 * Timers that are due fire one after the other, and only then events. So one task runs
 * between two rounds of events, and doesn't run again before another has.
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
          // Then it ran in this round of events.
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
