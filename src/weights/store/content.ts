/**
 * Model files under the SHA-256 of their bytes.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ByteSource } from "../../open_file.ts";
import {
  listRecords,
  readRecord,
  type StoreRecord,
  writeRecord,
} from "./records.ts";
import { createSha256 } from "./sha256.ts";
import {
  type Draft,
  forEachChunk,
  type Shelf,
  type ShelvedBytes,
} from "./shelf.ts";

const ENDING = ".safetensors";

/** A model's file, in the store or, where nothing can be kept, in memory. */
export interface StoredFile {
  /** The hash of its bytes, in lower-case hexadecimal. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** When it was last written to, in whole ms since 1970, where that is known. */
  readonly modified?: number | undefined;
  /** Its bytes from the beginning, in parts, anew at each call. */
  stream(): ReadableStream<Uint8Array>;
  /** The same, read into memory that the reader brings, where it is a file. */
  readonly open?: (() => Promise<ByteSource>) | undefined;
  /**
   * Hashes all its bytes, and deletes it where they aren't those that were stored.
   *
   * @throws {CorruptWeightsError} When they aren't.
   */
  verify(): Promise<void>;
}

/** What lies under a hash, of whatever size. */
export async function readContent(
  shelf: Shelf,
  sha256: string,
): Promise<StoredFile | undefined> {
  const bytes = await shelf.read(contentName(sha256));
  return bytes && storedFile(shelf, sha256, bytes);
}

/**
 * Publishes a draft under its hash, and records what it is called.
 *
 * The record comes first: after a crash between the two there is a record without
 * content, which the next time mends, and not content that nobody knows.
 */
export async function keepContent(
  shelf: Shelf,
  draft: Draft,
  { reference, sha256, size, version }: Pick<
    StoreRecord,
    "reference" | "sha256" | "size" | "version"
  >,
): Promise<StoredFile> {
  const before = await readRecord(shelf, reference);
  const isNew = before?.sha256 !== sha256 || before.size !== size;
  const at = isNew ? new Date().toISOString() : before.at;
  const record = { reference, sha256, size, at, version };
  if (isNew || before.version !== version) await writeRecord(shelf, record);
  const bytes = await draft.publish(contentName(sha256));
  await rememberTime(shelf, record, bytes);
  if (before && before.sha256 !== sha256) {
    // Not being able to tidy up is no reason to fail.
    await removeUnnamed(shelf, before.sha256).catch(() => {});
  }
  return storedFile(shelf, sha256, bytes);
}

/**
 * Records that the content is known to have its hash as it lies there now. Not being
 * able to is no reason to fail: it is hashed again the next time.
 */
export async function rememberTime(
  shelf: Shelf,
  record: StoreRecord,
  { modified }: Pick<ShelvedBytes, "modified">,
): Promise<void> {
  if (modified === record.modified) return;
  await writeRecord(shelf, { ...record, modified }).catch(() => {});
}

/** Removes the content of a hash, unless a reference still stands for it. */
export async function removeUnnamed(
  shelf: Shelf,
  sha256: string,
): Promise<void> {
  const records = await listRecords(shelf);
  if (records.some((it) => it.sha256 === sha256)) return;
  await removeContent(shelf, sha256);
}

/** Removes the content of a hash; it needn't be there. */
export async function removeContent(
  shelf: Shelf,
  sha256: string,
): Promise<void> {
  await shelf.remove(contentName(sha256));
}

/** Whether what lies under a name has the hash that the name says. */
export function isContentName(name: string): boolean {
  return name.endsWith(ENDING);
}

/** Of `sha256`, which has been checked or made here. */
function contentName(sha256: string): string {
  return `${sha256}${ENDING}`;
}

function storedFile(
  shelf: Shelf,
  sha256: string,
  { size, modified, stream, open }: ShelvedBytes,
): StoredFile {
  return {
    sha256,
    size,
    modified,
    stream,
    open,
    async verify() {
      const hash = createSha256();
      await forEachChunk(stream(), (part) => hash.update(part));
      const found = await hash.digest();
      if (found === sha256) return;
      const isGone = await removeContent(shelf, sha256).then(
        () => true,
        () => false,
      );
      throw new CorruptWeightsError(
        `Cannot use a stored model as its SHA-256 must be ${sha256}: it is ${found}. ${
          isGone
            ? "It is deleted, and fetched again the next time"
            : "It can't be deleted"
        }`,
      );
    },
  };
}
