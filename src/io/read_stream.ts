import { assertArgument } from "../argument.ts";

/** How a stream is read. */
export interface ReadStreamOptions {
  /** How many bytes there are to be expected: they aren't copied then. */
  readonly size?: number | undefined;
  /** Called with the number of bytes of each part as it comes. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/**
 * All bytes of a stream, or `null`, and the stream cancelled, when there are
 * more than `limit`.
 *
 * @throws {ArgumentError} When it is a stream of something else.
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
    // Of a text's parts, say, zeros would be taken.
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

/** A stream that fails when it has more than `limit` bytes. */
export function limitStream(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  tooLong: () => Error,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let rest = limit;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      rest -= value.length;
      if (rest >= 0) return controller.enqueue(value);
      const error = tooLong();
      await reader.cancel(error).catch(() => {});
      throw error;
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/**
 * A stream that fails when the signal fires.
 *
 * The body of a `fetch` with a signal is to do so by itself. Deno 2.9's doesn't any
 * more once the garbage collector has taken its response, and is silent for ever.
 */
export function abortableStream(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  return signal
    ? stream.pipeThrough(new TransformStream(), { signal })
    : stream;
}
