import { assertArgument } from "../argument.ts";

interface ReadStreamOptions {
  /** The expected number of bytes. If correct, the bytes aren't copied at the end. */
  readonly size?: number | undefined;
  /** Called with the size of each chunk in bytes. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/**
 * Reads all bytes of a stream. If there are more than `limit`, it cancels the stream and
 * returns `null`.
 *
 * @throws {ArgumentError} When a chunk isn't a `Uint8Array`.
 */
export async function readStream(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  { size = 0, onBytes }: ReadStreamOptions = {},
): Promise<Uint8Array | null> {
  let bytes = new Uint8Array(Math.min(size, limit));
  let length = 0;
  // Not `for await`: Safari's streams can't be iterated.
  const reader = stream.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    // Otherwise a string, for example, would be read as zeros.
    if (!(value instanceof Uint8Array)) {
      await reader.cancel();
      const must = "read a stream as each part of it must be a Uint8Array";
      assertArgument(false, must, value);
    }
    const end = length + value.length;
    if (end > limit) {
      await reader.cancel();
      return null;
    }
    if (end > bytes.length) {
      const longer = new Uint8Array(Math.min(limit, Math.max(end, 2 * length)));
      longer.set(bytes.subarray(0, length));
      bytes = longer;
    }
    bytes.set(value, length);
    length = end;
    onBytes?.(value.length);
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

/** A stream that fails after more than `limit` bytes. */
export function limitStream(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  tooLong: () => Error,
): ReadableStream<Uint8Array> {
  let rest = limit;
  return mapStream(stream, async (read) => {
    const result = await read();
    rest -= result.value?.length ?? 0;
    if (rest < 0) throw tooLong();
    return result;
  });
}

/**
 * A stream of the results of `next`. If that throws, the stream fails and its source is
 * cancelled.
 *
 * @param next Called once per chunk, with a function that reads the next chunk.
 */
export function mapStream<T>(
  stream: ReadableStream<T>,
  next: (
    read: () => Promise<ReadableStreamReadResult<T>>,
  ) => Promise<ReadableStreamReadResult<T>>,
): ReadableStream<T> {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await next(() => reader.read());
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        await reader.cancel(error).catch(() => {});
        throw error;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/**
 * A stream that fails when the signal fires. The body of a `fetch` should do that itself,
 * but in Deno 2.9 it doesn't once its response has been garbage collected.
 */
export function abortableStream(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  return signal
    ? stream.pipeThrough(new TransformStream(), { signal })
    : stream;
}
