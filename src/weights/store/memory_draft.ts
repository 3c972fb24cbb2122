import type { Draft } from "./shelf.ts";

/** In bytes: so much is copied at a time when memory is read. */
const CHUNK = 2 ** 18;

/** A draft that stays in memory, and is gone with the last who holds it. */
export function memoryDraft(): Draft {
  let parts: Uint8Array[] = [];
  return {
    append(bytes) {
      parts.push(bytes);
      return Promise.resolve();
    },
    stream: () => streamParts(parts),
    publish() {
      const size = parts.reduce((sum, it) => sum + it.length, 0);
      return Promise.resolve({ size, stream: () => streamParts(parts) });
    },
    keep: () => Promise.resolve(),
    discard() {
      parts = [];
      return Promise.resolve();
    },
  };
}

/** Copies, so that a reader who transfers a chunk takes nothing away. */
function streamParts(parts: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let i = 0;
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      while (i < parts.length && offset === parts[i]!.length) {
        i++;
        offset = 0;
      }
      const part = parts[i];
      if (part === undefined) return controller.close();
      const chunk = part.slice(offset, offset + CHUNK);
      offset += chunk.length;
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
}
