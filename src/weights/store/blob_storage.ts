/**
 * The storage behind a store: a folder, a browser's cache, or nothing.
 *
 * The store generates every name from hexadecimal digits, hyphens and an ending. No
 * text from a file, a header or a caller becomes a name or a part of one.
 *
 * @module
 */
import { readByteSource } from "../../io/open_file.ts";
import { readStream } from "../../io/read_stream.ts";
import type { StoredFile } from "./store.ts";

export type StoredBlob = Omit<StoredFile, "sha256" | "verify">;

export interface BlobStorage {
  /** The folder, for messages; `undefined` if there is none. */
  readonly place?: string;
  /** All names, in any order. */
  list(): Promise<readonly string[]>;
  /** The blob of a name; `undefined` if there is none. */
  read(name: string): Promise<StoredBlob | undefined>;
  /** Starts a blob under a unique name, see {@linkcode unfinishedName}. */
  create(name: string): Promise<PendingBlob>;
  remove(name: string): Promise<void>;
}

/**
 * A blob that is being written; `publish`, `keep` or `discard` ends it.
 *
 * It has one writer, which never loses it, although others may read it and even remove
 * its name.
 */
export interface PendingBlob {
  append(bytes: Uint8Array): Promise<void>;
  /** The bytes written so far. */
  stream(): ReadableStream<Uint8Array>;
  /** Renames it in one step, replacing any blob of that name. */
  publish(name: string): Promise<StoredBlob>;
  /** Leaves it under the name that it was created with. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/** All bytes of a blob; `null` if there are more than `limit`. */
export async function readBlob(
  { size, open, stream }: StoredBlob,
  limit: number,
): Promise<Uint8Array | null> {
  return open
    ? await readByteSource(await open(), size, limit)
    : await readStream(stream(), limit);
}

/** Writes a small blob under `name`, replacing the one that was there. */
export async function writeText(
  storage: BlobStorage,
  name: string,
  text: string,
): Promise<void> {
  const blob = await storage.create(unfinishedName("text"));
  await blob.append(new TextEncoder().encode(text));
  await blob.publish(name);
}

/** Calls `use` with each chunk of a stream, and cancels the stream if that throws. */
export async function forEachChunk(
  stream: ReadableStream<Uint8Array>,
  use: (chunk: Uint8Array) => void | Promise<void>,
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

/** Appends the first `length` bytes of a stream; `false` if there are fewer. */
export async function copyStart(
  stream: ReadableStream<Uint8Array>,
  length: number,
  append: (bytes: Uint8Array) => Promise<void>,
): Promise<boolean> {
  let missing = length;
  await forEachChunk(stream, async (chunk) => {
    const bytes = chunk.subarray(0, missing);
    missing -= bytes.length;
    await append(bytes);
  });
  return missing === 0;
}

/** Unfinished blobs of crashes and broken downloads are removed after a week. */
const LIFETIME_MS = 7 * 24 * 3600 * 1000;

const UNFINISHED = /^(?:[a-z]+|[\da-f]{64})-([\da-f]{12})-[\da-f]{32}\.[a-z]+$/;

/** `key`, the time and a random number. */
export function unfinishedName(key: string): string {
  const time = Date.now().toString(16).padStart(12, "0");
  const random = crypto.randomUUID().replaceAll("-", "");
  return `${key}-${time}-${random}.partial`;
}

/** Removes unfinished blobs: those of `key`, and all that are a week old. */
export async function removeUnfinished(
  storage: BlobStorage,
  key?: string,
): Promise<void> {
  for (const name of await storage.list()) {
    const time = name.match(UNFINISHED)?.[1];
    if (time === undefined) continue;
    const isOld = Date.now() - parseInt(time, 16) > LIFETIME_MS;
    if (isOld || (key && name.startsWith(key))) await tidyUp(storage, name);
  }
}

/** Removes blobs; faults are ignored, since leftover blobs do no harm. */
export async function tidyUp(
  storage: BlobStorage,
  ...names: readonly string[]
): Promise<void> {
  for (const name of names) await storage.remove(name).catch(() => {});
}
