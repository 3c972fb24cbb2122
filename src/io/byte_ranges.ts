/** Bytes that are read anywhere: of a file, or of an object in a bucket. */
export interface ByteRanges {
  /** In bytes. */
  readonly size: number;
  /** The bytes in `start`..`end`, which lie in 0..`size`. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Bytes in memory. */
export function bytesRanges(bytes: Uint8Array): ByteRanges {
  return {
    size: bytes.length,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  };
}
