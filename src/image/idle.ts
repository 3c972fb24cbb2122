/** The maximum memory of each kind that is kept for later images, in bytes. */
export const MAX_KEPT_BYTES: number = 64 << 20;

/** Each reserves address space, gigabytes in V8. */
const MAX_KEPT = 4;

/**
 * Keeps objects that own memory while no image uses them. WebAssembly memory never
 * shrinks and is only freed by the garbage collector, which is late on a busy machine.
 * An object that is too large to be kept is left to the collector, but reused if it
 * still exists: consecutive images never use the memory of two.
 */
export function keepIdle<T extends object>(bytesOf: (it: T) => number) {
  const kept: T[] = [];
  const left: WeakRef<T>[] = [];
  return {
    /** Takes a suitable object, otherwise any. */
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
    /** Returns an object that is no longer used. */
    give(it: T): void {
      const bytes = kept.reduce((sum, it) => sum + bytesOf(it), bytesOf(it));
      if (bytes <= MAX_KEPT_BYTES && kept.length < MAX_KEPT) kept.push(it);
      else left.push(new WeakRef(it));
    },
  };
}
