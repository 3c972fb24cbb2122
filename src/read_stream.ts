/**
 * All bytes of a stream, or `null`, and the stream cancelled, when there are
 * more than `limit`.
 *
 * @param onBytes Called with the number of bytes of each part as it comes.
 */
export async function readStream(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  onBytes?: (count: number) => void,
): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Not `for await`: Safari's streams can't be iterated.
  const reader = stream.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
    onBytes?.(value.length);
  }
  const bytes = new Uint8Array(length);
  for (const part of parts.toReversed()) bytes.set(part, length -= part.length);
  return bytes;
}

/**
 * A stream that fails when the signal fires.
 *
 * The body of a `fetch` with a signal is to do so by itself. Deno 2.9's doesn't any
 * more once the garbage collector has taken its response, and is silent for ever.
 */
export function untilAborted(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  return signal
    ? stream.pipeThrough(new TransformStream(), { signal })
    : stream;
}
