/**
 * Where a store's bytes lie: in a folder, in a browser's cache, or nowhere.
 *
 * Names are made by the store: hexadecimal digits, hyphens and an ending. Nothing
 * that comes from a file, a header or a caller is ever a name or a part of one.
 *
 * @module
 */
import { type ByteSource, readSource } from "../../open_file.ts";
import { readStream } from "../../read_stream.ts";

/** Bytes that lie under a name. */
export interface ShelvedBytes {
  /** In bytes. */
  readonly size: number;
  /** When it was last written to, in whole ms since 1970, where that is known. */
  readonly modified?: number | undefined;
  /** The bytes from their beginning, anew at each call. */
  stream(): ReadableStream<Uint8Array>;
  /** The same as a file, where they are one. */
  readonly open?: (() => Promise<ByteSource>) | undefined;
}

/** A place for bytes under names. */
export interface Shelf {
  /** All names, in no order. */
  list(): Promise<readonly string[]>;
  /** What lies under a name, `undefined` where nothing does. */
  read(name: string): Promise<ShelvedBytes | undefined>;
  /** Begins something new. Until it is published it has a name of its own. */
  create(name: string): Promise<Draft>;
  /** Takes a name away; it needn't be there. */
  remove(name: string): Promise<void>;
}

/**
 * Bytes on their way to a shelf. One of `publish`, `keep` and `discard` ends it.
 *
 * It has one writer, who never loses it: others may read what is there of it, and
 * even remove its name.
 */
export interface Draft {
  /** Writes after what is there. */
  append(bytes: Uint8Array): Promise<void>;
  /** What has been written so far. */
  stream(): ReadableStream<Uint8Array>;
  /** Gives it its name, at once and whole, in the place of what was there. */
  publish(name: string): Promise<ShelvedBytes>;
  /** Leaves it under the name that it was created with. */
  keep(): Promise<void>;
  /** Deletes it. */
  discard(): Promise<void>;
}

/** All of what lies under a name, or `null` when it is more than `limit` bytes. */
export async function readShelved(
  { size, open, stream }: ShelvedBytes,
  limit: number,
): Promise<Uint8Array | null> {
  return open
    ? await readSource(await open(), size, limit)
    : await readStream(stream(), limit);
}

/** Calls `use` for each part of a stream, and cancels the stream if that throws. */
export async function forEachChunk(
  stream: ReadableStream<Uint8Array>,
  use: (part: Uint8Array) => void | Promise<void>,
): Promise<void> {
  // Not `for await`: Safari's streams can't be iterated.
  const reader = stream.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    try {
      await use(value);
    } catch (error) {
      await reader.cancel(error).catch(() => {});
      throw error;
    }
  }
}
