import { ImageTooLargeError } from "../errors.ts";

/**
 * Reads the file of an image. Returns `undefined` if the file is missing, which becomes a
 * row with an error, as does an {@linkcode ImageTooLargeError} for a file with too many
 * bytes. Any other error fails the shard.
 *
 * @param url The image's URL or path, as in the list.
 */
export type ReadImage = (
  url: string,
  reading: ImageReading,
) => Promise<Uint8Array | undefined>;

/** Options for reading an image. */
export interface ImageReading {
  /** Fires when the image is no longer needed. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Reserves memory for the image's bytes so far, in total. Resolves when there is room.
   * Images are read ahead and share that room.
   */
  readonly reserve?: ((bytes: number) => Promise<void>) | undefined;
}

/** The maximum size of an image file in bytes: 256 MiB. */
export const MAX_FILE_BYTES = 2 ** 28;

/** The error for a larger file. */
export function tooManyBytes(): ImageTooLargeError {
  return new ImageTooLargeError(
    `Cannot read it as an image file must have <= ${MAX_FILE_BYTES} bytes: it has more`,
  );
}
