/**
 * Images are read some ahead, as a server takes longer to answer than an image to run.
 * What is read ahead is bounded twice: by the number of images and by their bytes, as a
 * file may have 256 MiB. So the files of a shard take at most {@linkcode AHEAD_BYTES}
 * and one file more.
 *
 * @module
 */
import { abortable, throwIfAborted } from "../async/abort.ts";

/** Bytes of files that may be in memory, besides that of the first that is being read. */
const AHEAD_BYTES = 128 << 20;

/** How many images are read ahead: files come at once, downloads after a while. */
export function imagesAhead(concurrency: number, isRemote: boolean): number {
  return isRemote ? Math.max(16, 4 * concurrency) : concurrency + 2;
}

/** Memory for the files of images, which are known by their numbers. */
export interface ImageRoom {
  /**
   * Resolves when an image may take so many bytes in all. The first of those that are
   * being read never waits, so that not all wait for one another.
   *
   * @throws The signal's reason when it fires.
   */
  reserve(
    image: number,
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** An image begins to be read. */
  begin(image: number): void;
  /** An image is read. */
  end(image: number): void;
  /** The file of an image isn't in memory any more. */
  release(image: number): void;
}

/** @param limit In bytes. */
export function imageRoom(limit = AHEAD_BYTES): ImageRoom {
  const held = new Map<number, number>();
  const reading = new Set<number>();
  const waiting = new Set<() => void>();
  let total = 0;
  const change = () => {
    for (const wake of waiting) wake();
    waiting.clear();
  };
  const set = (image: number, bytes: number) => {
    total += bytes - (held.get(image) ?? 0);
    held.set(image, bytes);
  };
  return {
    async reserve(image, bytes, signal) {
      const fits = () => total - (held.get(image) ?? 0) + bytes <= limit;
      while (!fits() && image !== Math.min(...reading)) {
        throwIfAborted(signal);
        const changed = new Promise<void>((resolve) => waiting.add(resolve));
        await abortable(changed, signal);
      }
      set(image, bytes);
      change();
    },
    begin(image) {
      reading.add(image);
    },
    end(image) {
      reading.delete(image);
      change();
    },
    release(image) {
      set(image, 0);
      held.delete(image);
      change();
    },
  };
}
