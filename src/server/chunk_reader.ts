/** Reads a body chunk by chunk. */
export interface ChunkReader {
  /** Reads the next chunk, valid until the following read; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Cancels the body. A pending read then returns `undefined`. */
  cancel(): Promise<void>;
}

const CHUNK_BYTES = 1 << 16;

/**
 * Reads chunks into one buffer if the stream supports that. Otherwise each chunk has its
 * own buffer, and a body of 24 MB leaves 24 MB to the garbage collector.
 */
export function chunkReader(stream: ReadableStream<Uint8Array>): ChunkReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch { // Not a byte stream.
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
