import { StorageError } from "../errors.ts";
import type { ByteSource } from "./open_file.ts";

/** Bytes with random access, in a file or in an object of a bucket. */
export interface ByteRanges {
  /** In bytes. */
  readonly size: number;
  /** Reads the bytes from `start` to `end` (exclusive), both in 0..`size`. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Bytes in memory. */
export function bytesRanges(bytes: Uint8Array): ByteRanges {
  return {
    size: bytes.length,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  };
}

/** Reads the bytes in order. */
export function rangesSource(ranges: ByteRanges): ByteSource {
  let at = 0;
  return {
    async read(target) {
      const end = Math.min(at + target.length, ranges.size);
      const bytes = await ranges.read(at, end);
      target.set(bytes);
      at = end;
      return bytes.length;
    },
    close: () => Promise.resolve(),
  };
}

/**
 * The bytes of a file, which is opened for each read and needs no closing.
 *
 * @throws The system's error when it can't be read.
 */
export async function fileRanges(path: string): Promise<ByteRanges> {
  if (typeof Deno === "undefined") return await rangesInNode(path);
  const { size } = await Deno.stat(path);
  return {
    size,
    async read(start, end) {
      using file = await Deno.open(path);
      await file.seek(start, Deno.SeekMode.Start);
      return await readFully(end - start, path, (target) => file.read(target));
    },
  };
}

async function rangesInNode(path: string): Promise<ByteRanges> {
  const { open, stat } = process.getBuiltinModule("node:fs/promises");
  const { size } = await stat(path);
  return {
    size,
    async read(start, end) {
      const file = await open(path);
      try {
        let at = start;
        return await readFully(end - start, path, async (target) => {
          const length = target.length;
          const { bytesRead } = await file.read(target, 0, length, at);
          at += bytesRead;
          return bytesRead;
        });
      } finally {
        await file.close();
      }
    },
  };
}

async function readFully(
  count: number,
  path: string,
  read: (target: Uint8Array) => Promise<number | null>,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const length = await read(bytes.subarray(at)) ?? 0;
    if (length === 0) {
      throw new StorageError(
        `Cannot read ${path} as it was cut while it was read`,
      );
    }
    at += length;
  }
  return bytes;
}
