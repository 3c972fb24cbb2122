/**
 * Puts workers that never start in the place of others, as some browsers have them, and
 * lets the time pass in which a worker must start.
 */
export function silenceWorkers(): Disposable {
  const { Worker, setTimeout } = globalThis;
  globalThis.Worker = SilentWorker as unknown as typeof Worker;
  globalThis.setTimeout =
    ((run: () => void, ms: number) =>
      setTimeout(run, ms === 10_000 ? 0 : ms)) as typeof setTimeout;
  return {
    [Symbol.dispose]: () =>
      void Object.assign(globalThis, { Worker, setTimeout }),
  };
}

/** A worker that never starts. */
class SilentWorker {
  postMessage() {}
  terminate() {}
}
