import type { Pixels } from "./pixels.ts";

/** The outcome of decoding a file. */
export type Decoded = Pixels | "too large" | null;

/** The exports of a decoder compiled by Emscripten. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (bytes: number) => number;
  readonly free: (address: number) => void;
}

/**
 * The memory limit of a decoder compiled by Emscripten, and the result in its memory.
 */
export interface BoundedMemory {
  /** Sets the decoder's exports. */
  bind(exports: Exports): void;
  /**
   * Begins the next image.
   *
   * @param limit The maximum memory in bytes, not counting pixels that stay.
   * @param stays Whether the pixels stay in the decoder's memory until they are
   * released. Otherwise they are copied out.
   */
  begin(limit: number, stays: boolean): void;
  /** The decoder's import that grows the memory to `wanted` bytes: 1, or 0 if refused. */
  grow(wanted: number): 0 | 1;
  /** Copies pixels that the decoder will free. */
  copyPixels(address: number, bytes: number): void;
  /**
   * The outcome of decoding: `"too large"` if memory was refused. The size is passed if
   * the pixels were copied.
   *
   * @throws {RangeError} When no more memory is available.
   */
  outcome(
    size: { readonly width: number; readonly height: number } | null,
  ): Decoded;
  /** Frees pixels that stayed. */
  release(): void;
}

/**
 * Creates a memory limit. It must not refer to anything outside itself, as workers run
 * its source.
 */
export function boundMemory(): BoundedMemory {
  const PAGE = 65536;
  /** The minimum growth in bytes, as each growth has a cost. */
  const STEP = 1 << 20;
  let bound: Exports;
  let mostBytes = 0;
  let stays = false;
  let isShort = false;
  let isOver = false;
  let address = 0;
  let bytes = 0;
  let copied: Uint8ClampedArray | undefined;
  const pixelsAt = (at: number) =>
    new Uint8ClampedArray(bound.memory.buffer, at, bytes);
  return {
    bind: (it) => void (bound = it),
    begin(limit, staying) {
      mostBytes = limit;
      stays = staying;
      isShort = isOver = false;
      copied = undefined;
    },
    grow(wanted) {
      isOver ||= wanted >>> 0 > mostBytes;
      if (isOver) return 0;
      const stepped = Math.ceil((wanted >>> 0) / STEP) * STEP;
      const most = Math.max(wanted >>> 0, Math.min(stepped, mostBytes));
      const pages = bound.memory.buffer.byteLength / PAGE;
      try {
        bound.memory.grow(Math.ceil(most / PAGE) - pages);
        return 1;
      } catch { // No more memory is available.
        isShort = true;
        return 0;
      }
    },
    copyPixels(at, count) {
      bytes = count;
      if (!stays) copied = pixelsAt(at).slice();
      else {
        mostBytes += count;
        address = bound.malloc(count);
        if (address !== 0) pixelsAt(address).set(pixelsAt(at));
      }
    },
    outcome(size) {
      if (isShort) throw new RangeError("out of memory");
      if (isOver) return "too large";
      if (size === null) return null;
      // Created only now: a growing memory detaches its views.
      return { data: copied ?? pixelsAt(address), ...size };
    },
    release() {
      if (address !== 0) bound.free(address);
      address = 0;
    },
  };
}
