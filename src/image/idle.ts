/** The most bytes that are kept for the next images, of a kind. */
export const MAX_KEPT_BYTES: number = 64 << 20;

/** Each reserves address space, gigabytes in V8. */
const MAX_KEPT = 4;

/**
 * Keeps what has memory while no image uses it. Memory of WebAssembly never shrinks and
 * is only freed by the garbage collector, which is late on a machine that has other work.
 * So what is too large to be kept is left to the collector, but taken again if it is
 * still there: images one after the other never have the memory of two.
 */
export function keepIdle<T extends object>(bytesOf: (it: T) => number) {
  const kept: T[] = [];
  const left: WeakRef<T>[] = [];
  return {
    /** Takes what suits, or else any. */
    take(suits: (it: T) => boolean): T | undefined {
      const at = kept.findLastIndex(suits);
      const [taken] = kept.splice(at, 1); // -1 is the last.
      if (taken !== undefined) return taken;
      while (left.length > 0) {
        const it = left.pop()!.deref();
        if (it !== undefined) return it;
      }
      return undefined;
    },
    /** Gives back what isn't used any more. */
    give(it: T): void {
      const bytes = kept.reduce((sum, it) => sum + bytesOf(it), bytesOf(it));
      if (bytes <= MAX_KEPT_BYTES && kept.length < MAX_KEPT) kept.push(it);
      else left.push(new WeakRef(it));
    },
  };
}
