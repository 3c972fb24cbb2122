/** How many threads the machine runs at once, 1 where the runtime doesn't tell. */
export function coreCount(): number {
  // Node 20 has no navigator.
  return globalThis.navigator?.hardwareConcurrency ??
    globalThis.process?.getBuiltinModule?.("node:os").availableParallelism() ??
    1;
}
