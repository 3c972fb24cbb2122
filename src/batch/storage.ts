import { assertArgument, isObject } from "../argument.ts";

/** A file of a batch run in a listing. */
export interface StoredFile {
  /** Its path in the run: `results/00017.json`. */
  readonly name: string;
  /** The time it was written, in ms since 1970. */
  readonly modified: number;
}

/** The storage of a batch run: a folder or a bucket. */
export interface RunStorage {
  /** Its location, for messages: a folder's path, or `s3://bucket/prefix`. */
  readonly address: string;
  /** Reads a file; `undefined` if there is none. */
  read(name: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Whether the file exists. */
  has(name: string): Promise<boolean>;
  /**
   * Writes or replaces a file atomically: readers see the whole new file or the old one.
   * It is on disk when the promise resolves.
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * The files directly in a folder, such as `"results"`, in any order; none if the folder
   * doesn't exist.
   */
  list(folder: string): AsyncIterable<StoredFile>;
}

/** @throws {ArgumentError} When `storage` isn't the storage of a run. */
export function assertStorage(action: string, storage: RunStorage): void {
  const methods = ["read", "has", "write", "list"] as const;
  assertArgument(
    isObject(storage) && typeof storage.address === "string" &&
      methods.every((it) => typeof storage[it] === "function"),
    `${action} as its storage must be a RunStorage, as openStorage() gives it`,
    storage,
  );
}
