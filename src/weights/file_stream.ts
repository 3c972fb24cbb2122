/** In bytes: so much is read at a time, where the reader brings no buffer. */
const CHUNK = 2 ** 18;

/**
 * A stream of what `read` gives, called when something is wanted. Who reads with
 * buffers of its own ("byob") spares the system clearing new ones: half of the
 * time that reading a model takes.
 *
 * @param read Fills a buffer, or a part of it, with what follows after `offset`
 * bytes; 0 at the end.
 * @param close Called once there is nothing more to read.
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
