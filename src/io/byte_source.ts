/**
 * Sequential byte sources: from memory, a stream or a file.
 *
 * @module
 */
import type { ByteSource } from "./open_file.ts";

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  let at = 0;
  return {
    read(target) {
      const chunk = bytes.subarray(at, at + target.length);
      target.set(chunk);
      at += chunk.length;
      return Promise.resolve(chunk.length);
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Reads the first `count` bytes, or fewer at the end. Also returns a source of all bytes.
 */
export async function peek(source: ByteSource, count: number) {
  const start = new Uint8Array(count);
  let length = 0;
  while (length < count) {
    const read = await source.read(start.subarray(length));
    if (read === 0) break;
    length += read;
  }
  const begin = bytesSource(start.subarray(0, length));
  return {
    start: start.subarray(0, length),
    source: {
      read: async (target: Uint8Array) =>
        await begin.read(target) || await source.read(target),
      close: (reason?: unknown) => source.close(reason),
    } satisfies ByteSource,
  };
}

/** A stream as a source. Reads into a single buffer if the stream supports it. */
export function streamSource(stream: ReadableStream<Uint8Array>): ByteSource {
  const { next, cancel } = streamChunks(stream);
  /** Bytes of the stream that haven't been passed on yet. */
  let chunk: Uint8Array = new Uint8Array();
  let done = false;
  return {
    async read(target) {
      while (chunk.length === 0) {
        const value = await next();
        done = value === undefined;
        if (value === undefined) return 0;
        chunk = value;
      }
      // If the chunk's memory was detached meanwhile, its length is 0.
      const count = Math.min(chunk.length, target.length);
      target.set(chunk.subarray(0, count));
      chunk = chunk.subarray(count);
      return count;
    },
    close: (reason) => done ? Promise.resolve() : cancel(reason),
  };
}

/** The chunks of a stream. Each is valid until the next one is read. */
function streamChunks(stream: ReadableStream<Uint8Array>) {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    // Not `for await`: Safari's streams can't be iterated.
    const reader = stream.getReader();
    return {
      next: async () => (await reader.read()).value,
      cancel: (reason: unknown) => reader.cancel(reason),
    };
  }
  let buffer = new ArrayBuffer(2 ** 18);
  return {
    async next() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done || value === undefined) return undefined;
      buffer = value.buffer;
      return value;
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
}
