/** Bytes read at a time if the reader brings no buffer. */
const CHUNK = 2 ** 18;

/**
 * A stream of what `read` returns, on demand. A reader with buffers of its own ("byob")
 * halves the time of reading a model, since no new ones are cleared.
 *
 * @param read Fills a buffer, or a part of it, with the bytes from `offset`; 0 at the end.
 */
export function streamFile(
  read: (target: Uint8Array, offset: number) => Promise<number>,
  close: () => Promise<void>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: CHUNK,
    async pull(controller) {
      const request = controller.byobRequest!;
      const { buffer, byteOffset, byteLength } = request.view!;
      let count;
      try {
        count = await read(
          new Uint8Array(buffer, byteOffset, byteLength),
          offset,
        );
      } catch (error) {
        await close();
        throw error;
      }
      offset += count;
      if (count === 0) {
        await close();
        controller.close();
      }
      request.respond(count);
    },
    cancel: close,
  }, { highWaterMark: 0 });
}
