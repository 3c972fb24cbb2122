/** Reads a body. */
export interface ChunkReader {
  /** Reads the next chunk, which the one after it overwrites; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Ends the body. A pending read gives its end. */
  cancel(): Promise<void>;
}

const CHUNK_BYTES = 1 << 16;

/**
 * Reads chunks into one buffer if the stream can do that. Otherwise each chunk has a buffer
 * of its own, and a body of 24 MB leaves as much to the garbage collector.
 */
export function chunkReader(stream: ReadableStream<Uint8Array>): ChunkReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch { // It isn't a stream of bytes.
    const reader = stream.getReader();
    return {
      read: async () => (await reader.read()).value,
      cancel: () => reader.cancel(),
    };
  }
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (value !== undefined) buffer = value.buffer;
      return done ? undefined : value;
    },
    cancel: () => reader.cancel(),
  };
}
