/**
 * Replaces workers by ones that never start, as can happen in browsers, and makes the
 * time limit for their start pass at once.
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
