/** Watches how much WASM memory is taken. */
export interface MemoryWatch extends Disposable {
  /** Forgets what has been taken. */
  reset(): void;
  /** The most bytes that a memory was made with, or grew to, since then. */
  mostBytes(): number;
}

/**
 * Watches all WASM memories that are made from now on, until it is disposed.
 *
 * @param options What is refused, as where memory is short.
 */
export function watchMemory({ limit = Infinity } = {}): MemoryWatch {
  const { Memory } = WebAssembly;
  const { grow } = Memory.prototype;
  let most = 0;
  const see = (memory: WebAssembly.Memory) => {
    const bytes = memory.buffer.byteLength;
    if (bytes > limit) throw new RangeError("no memory");
    most = Math.max(most, bytes);
  };
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      see(this);
    }
  };
  // Also of those that a module makes for itself.
  Memory.prototype.grow = function (pages) {
    const before = grow.call(this, pages);
    see(this);
    return before;
  };
  return {
    reset: () => most = 0,
    mostBytes: () => most,
    [Symbol.dispose]() {
      WebAssembly.Memory = Memory;
      Memory.prototype.grow = grow;
    },
  };
}
