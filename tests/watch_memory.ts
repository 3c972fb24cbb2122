/** Measures how much WASM memory is allocated. */
export interface MemoryWatch extends Disposable {
  /** Resets the measurement. */
  reset(): void;
  /** The largest size of a memory since then, in bytes. */
  mostBytes(): number;
}

/**
 * Watches all WASM memories created from now on, until disposed.
 *
 * @param options.limit Larger memories are refused, as if the system had no more.
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
  // Includes the memories that modules create themselves.
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
