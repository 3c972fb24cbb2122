import { createHash } from "node:crypto";

/** Bytes that depend on position and seed. */
export function modelBytes(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0, x = seed; i < size; i++) {
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

export function sha256Of(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Reads all bytes of a stored file. */
export async function readAll(
  file: { stream(): ReadableStream<Uint8Array> } | undefined,
): Promise<Uint8Array> {
  return await new Response(file!.stream() as ReadableStream<never>).bytes();
}

/** A stream of chunks of `size` bytes, which calls `end` at its end. */
export function inParts(
  bytes: Uint8Array,
  size: number,
  end: (controller: ReadableStreamDefaultController) => void | Promise<void> = (
    controller,
  ) => controller.close(),
): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return end(controller);
      controller.enqueue(bytes.slice(offset, offset += size));
    },
  }, { highWaterMark: 0 });
}
