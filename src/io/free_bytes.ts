/**
 * Frees the buffer of a view now, whose bytes are gone then: the garbage collector waits
 * until there are about 64 MB, too much for an edge function. Node 20 can't do it.
 */
export function freeBytes({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer?.(0);
}

/** The same bytes and zeros in a larger buffer. Those that are given are gone then. */
export function enlargeBytes(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (typeof buffer.transfer === "function") {
    return new Uint8Array(buffer.transfer(length));
  }
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}
