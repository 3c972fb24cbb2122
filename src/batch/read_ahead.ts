/**
 * Reads images ahead, as a download takes longer than running an image. Two limits apply:
 * the number of images, and their bytes, as a file may have 256 MiB. So the files of a
 * shard take at most {@linkcode AHEAD_BYTES} plus one more file.
 *
 * @module
 */
import { abortable, throwIfAborted } from "../async/abort.ts";

/** The maximum bytes of files in memory, excluding the first file being read. */
const AHEAD_BYTES = 128 << 20;

/** The number of images to read ahead. Downloads take longer than files. */
export function imagesAhead(concurrency: number, isRemote: boolean): number {
  return isRemote ? Math.max(16, 4 * concurrency) : concurrency + 2;
}

/** Memory shared by the files of images, which are identified by their numbers. */
export interface ImageRoom {
  /**
   * Resolves when an image may use `bytes` in total. The first image being read never
   * waits, so there is no deadlock.
   *
   * @throws The signal's reason when it fires.
   */
  reserve(
    image: number,
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** Called when reading an image begins. */
  begin(image: number): void;
  /** Called when reading an image has ended. */
  end(image: number): void;
  /** Called when an image's file is no longer in memory. */
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
