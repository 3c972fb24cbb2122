import type { Store } from "./store.ts";

/** How a file is downloaded. */
export interface DownloadOptions {
  /** Where it is kept, and found the next time. */
  readonly store: Store;
  /** In bytes; a longer file is an error, and isn't read to its end. */
  readonly limit: number;
  /**
   * The publisher's hash of it, in lower-case hexadecimal. Where it isn't known,
   * that of the first download is recorded, and later ones must have it.
   */
  readonly sha256?: string | undefined;
  /** Ends the download early; what came is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the server may send nothing, in ms; 30 000 unless given. Then the
   * connection counts as broken.
   */
  readonly maxSilence?: number | undefined;
  /**
   * Called as bytes come, with how many of the file are there, those of an earlier
   * download included, and how many it has, `undefined` where the server doesn't
   * tell.
   */
  readonly onProgress?:
    | ((done: number, total: number | undefined) => void)
    | undefined;
}
