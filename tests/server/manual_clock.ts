/** Time that passes only when a test says so. */
export interface ManualClock extends Disposable {
  /** Lets time pass, in ms, and runs the timers that are due, in their order. */
  pass(ms: number): void;
}

/** Shorter timers run as usual: tests poll with them. */
const SHORTEST = 100;

/** Replaces `performance.now()` and all timers of 100 ms or more, until disposed. */
export function manualClock(): ManualClock {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = performance;
  let time = 0;
  let last = 0;
  const timers = new Map<number, { readonly at: number; run(): void }>();
  performance.now = () => time;
  globalThis.setTimeout = ((run: () => void, ms = 0) => {
    if (ms < SHORTEST) return setTimeout(run, ms);
    // Negative, so that it is no timer of the system.
    timers.set(--last, { at: time + ms, run });
    return last;
  }) as typeof setTimeout;
  globalThis.clearTimeout = (id) => {
    if (!timers.delete(Number(id))) clearTimeout(id);
  };
  return {
    pass(ms) {
      time += ms;
      const due = [...timers].filter(([, { at }]) => at <= time)
        .sort(([, a], [, b]) => a.at - b.at);
      for (const [id, { run }] of due) {
        // An earlier one may have cleared it.
        if (timers.delete(id)) run();
      }
    },
    [Symbol.dispose]() {
      performance.now = now;
      Object.assign(globalThis, { setTimeout, clearTimeout });
    },
  };
}
