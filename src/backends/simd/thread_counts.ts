/** Number of threads that the machine runs in parallel; 1 if the runtime doesn't tell. */
export function coreCount(): number {
  // Node 20 has no navigator.
  return globalThis.navigator?.hardwareConcurrency ??
    globalThis.process?.getBuiltinModule?.("node:os").availableParallelism() ??
    1;
}

/** Upper bound of the threads of an engine. */
export const MAX_THREADS = 64;
