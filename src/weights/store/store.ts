import type { ByteSource } from "../../io/open_file.ts";

/** Options of opening a store. */
export interface StoreOptions {
  /**
   * Called with a message: at most once if the store can't be used and models stay in
   * memory; if a file in it is damaged and counts as absent; and if a server can't be
   * asked whether a file has changed, and the kept file is used.
   */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Options of `Store.put`. */
export interface PutOptions {
  /** Required SHA-256 of its bytes in lower-case hexadecimal. */
  readonly sha256?: string | undefined;
}

/** A model's file in a store, or in memory if nothing can be kept. */
export interface StoredFile {
  /** SHA-256 of its bytes in lower-case hexadecimal. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** The time of the last write in whole ms since 1970, if known. */
  readonly modified?: number | undefined;
  /** Returns a new stream of all bytes. */
  stream(): ReadableStream<Uint8Array>;
  /**
   * Opens the file for reading into the reader's memory. Absent if it isn't on disk.
   */
  readonly open?: (() => Promise<ByteSource>) | undefined;
  /**
   * Hashes all bytes, and deletes the file if they aren't the bytes that were stored.
   *
   * @throws {CorruptWeightsError} When they aren't.
   */
  verify(): Promise<void>;
}

/** The file of a reference in a store. */
export interface StoreRecord {
  /** The name that was given. */
  readonly reference: string;
  /** SHA-256 of the content in lower-case hexadecimal. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** ISO 8601 date and time at which this content was first stored. */
  readonly at: string;
  /** The file's `modified` when its hash was last checked, if known. */
  readonly modified?: number | undefined;
  /** The server's ETag or date for the content, if it sent one. */
  readonly version?: string | undefined;
}

/**
 * A store of model files. Each file has a reference, such as its URL, and is kept under
 * the SHA-256 of its bytes.
 */
export interface Store {
  /**
   * Returns the file of a reference; `undefined` if it is absent or damaged. The file
   * is hashed if its size or modification time differs from the record. The file's
   * `verify()` also finds damage that changes neither.
   *
   * @param reference Any text of at most 8192 characters: a name with a version, or a
   * URL.
   * @throws {ArgumentError} When the reference is longer.
   */
  get(reference: string): Promise<StoredFile | undefined>;
  /**
   * Returns the file with this hash, unchecked; `undefined` if it is absent.
   *
   * @throws {ArgumentError} When `sha256` isn't 64 lower-case hexadecimal digits.
   */
  open(sha256: string): Promise<StoredFile | undefined>;
  /**
   * Stores a file under a reference, replacing the last one. If nothing can be kept on
   * disk, bytes stay in memory without being copied: don't change them.
   *
   * @throws {CorruptWeightsError} When the hash isn't `options.sha256`; nothing is kept.
   * @throws {ArgumentError} When the reference has more than 8192 characters.
   */
  put(
    reference: string,
    content: Uint8Array | ReadableStream<Uint8Array>,
    options?: PutOptions,
  ): Promise<StoredFile>;
  /** Returns the records of all files that are kept, by reference. */
  list(): Promise<readonly StoreRecord[]>;
  /**
   * Removes a reference and its recorded hash, and the file unless another reference
   * has it.
   *
   * @returns Whether the reference was there.
   */
  remove(reference: string): Promise<boolean>;
}

/** Options of `download`. */
export interface DownloadOptions {
  /** The store that keeps the file. */
  readonly store: Store;
  /**
   * The maximum size in bytes. A longer file is an error, and isn't read to its end.
   */
  readonly limit: number;
  /**
   * The file's SHA-256 in lower-case hexadecimal. Unless given, the hash of the first
   * download is recorded, and later downloads must have it.
   */
  readonly sha256?: string | undefined;
  /** Aborts the download. The bytes that have arrived are kept for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** The connection is closed after this many ms without data; 30,000 unless given. */
  readonly maxSilence?: number | undefined;
  /**
   * Called as bytes arrive, with the number of bytes so far, including those of an
   * earlier download, and the size of the file, `undefined` if the server doesn't say.
   */
  readonly onProgress?:
    | ((done: number, total: number | undefined) => void)
    | undefined;
}
