import type { Pixels } from "./pixels.ts";

/** The outcome of decoding a file. */
export type Decoded = Pixels | "too large" | null;

/** The limit of the memory of a decoder that Emscripten compiled. */
export interface BoundedMemory {
  /** Takes the memory that the decoder exports. */
  bind(memory: WebAssembly.Memory): void;
  /** Sets the most bytes for the next image. */
  begin(limit: number): void;
  /** The decoder's import that grows the memory to `wanted` bytes: 1, or 0 if refused. */
  grow(wanted: number): 0 | 1;
  /**
   * The outcome of an image: `"too large"` where memory was refused.
   *
   * @throws {RangeError} When no more memory is available.
   */
  outcome(image: Pixels | null): Decoded;
}

/** Makes a limit. It refers to nothing outside of itself, as workers run its source. */
export function boundMemory(): BoundedMemory {
  let memory: WebAssembly.Memory;
  let mostBytes = 0;
  let isShort = false;
  let isOver = false;
  return {
    bind: (it) => void (memory = it),
    begin(limit) {
      mostBytes = limit;
      isShort = isOver = false;
    },
    grow(wanted) {
      isOver ||= wanted >>> 0 > mostBytes;
      if (isOver) return 0;
      const pages = memory.buffer.byteLength / 65536;
      try {
        memory.grow(Math.ceil((wanted >>> 0) / 65536) - pages);
        return 1;
      } catch { // No more memory is available.
        isShort = true;
        return 0;
      }
    },
    outcome(image) {
      if (isShort) throw new RangeError("out of memory");
      return isOver ? "too large" : image;
    },
  };
}
