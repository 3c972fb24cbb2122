import type { ByteSource } from "../../io/open_file.ts";

/** How a store is opened. */
export interface StoreOptions {
  /**
   * Called with a line of text, at most once, when the store can't be used and models stay
   * in memory; when a file in it is damaged, and counts as absent; and when a server can't
   * be asked whether a file has changed, so that the kept one is used.
   */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** How a file is put into a store. */
export interface PutOptions {
  /** Required SHA-256 of its bytes in lower-case hexadecimal. */
  readonly sha256?: string | undefined;
}

/** A model's file, in the store or, where nothing can be kept, in memory. */
export interface StoredFile {
  /** SHA-256 of its bytes in lower-case hexadecimal. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Time of the last write in whole ms since 1970, where that is known. */
  readonly modified?: number | undefined;
  /** A new stream of all bytes. */
  stream(): ReadableStream<Uint8Array>;
  /** Opens it for reading into the reader's memory, if it is a file. */
  readonly open?: (() => Promise<ByteSource>) | undefined;
  /**
   * Hashes all bytes, and deletes the file if they aren't those that were stored.
   *
   * @throws {CorruptWeightsError} When they aren't.
   */
  verify(): Promise<void>;
}

/** What a reference stands for. */
export interface StoreRecord {
  /** The name that was given. */
  readonly reference: string;
  /** SHA-256 of the content in lower-case hexadecimal. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** ISO 8601 date and time at which this content was first stored. */
  readonly at: string;
  /** Its file's `modified` when its hash was last checked, where that is known. */
  readonly modified?: number | undefined;
  /** The server's ETag or date for the content, if it sent one. */
  readonly version?: string | undefined;
}

/** A store of model files, by the SHA-256 of their bytes and by references to these. */
export interface Store {
  /**
   * The file of a reference; `undefined` if it is absent or damaged. Its bytes are hashed
   * if its size or time of change isn't the recorded one; `verify` of the file finds
   * damage that leaves both.
   *
   * @param reference Any text of at most 8192 characters: a name with a version,
   * or an address.
   * @throws {ArgumentError} When the reference is longer.
   */
  get(reference: string): Promise<StoredFile | undefined>;
  /**
   * The file with this hash, unchecked; `undefined` if it is absent.
   *
   * @throws {ArgumentError} When `sha256` isn't 64 lower-case hexadecimal digits.
   */
  open(sha256: string): Promise<StoredFile | undefined>;
  /**
   * Stores a file under `reference`, replacing the last one. Bytes that have to stay in
   * memory aren't copied: don't change them.
   *
   * @throws {CorruptWeightsError} When the hash isn't `options.sha256`; nothing is kept.
   * @throws {ArgumentError} When the reference has more than 8192 characters.
   */
  put(
    reference: string,
    content: Uint8Array | ReadableStream<Uint8Array>,
    options?: PutOptions,
  ): Promise<StoredFile>;
  /** The records of all files that are there, by reference. */
  list(): Promise<readonly StoreRecord[]>;
  /**
   * Removes a reference and its recorded hash, and the file unless another reference
   * stands for it.
   *
   * @returns Whether the reference was there.
   */
  remove(reference: string): Promise<boolean>;
}

/** How a file is downloaded. */
export interface DownloadOptions {
  /** Where it is kept, and found the next time. */
  readonly store: Store;
  /** In bytes; a longer file is an error, and isn't read to its end. */
  readonly limit: number;
  /**
   * Its SHA-256 in lower-case hexadecimal. Unless given, that of the first download is
   * recorded, and later ones must have it.
   */
  readonly sha256?: string | undefined;
  /** Aborts the download; what came is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** After this many ms of silence the connection is broken; 30 000 unless given. */
  readonly maxSilence?: number | undefined;
  /**
   * Called as bytes arrive, with how many are there, those of an earlier download included,
   * and how many the file has; `undefined` if the server doesn't tell.
   */
  readonly onProgress?:
    | ((done: number, total: number | undefined) => void)
    | undefined;
}
