import { ImageTooLargeError } from "../errors.ts";

/**
 * Reads the file of an image. It gives `undefined` for a file that isn't there, which
 * becomes a row with an error, and so does an {@linkcode ImageTooLargeError} for a file with
 * too many bytes. Any other error fails the shard.
 *
 * @param url The image's address or path, as the list has it.
 */
export type ReadImage = (
  url: string,
  reading: ImageReading,
) => Promise<Uint8Array | undefined>;

/** What a reader of images is given with an address. */
export interface ImageReading {
  /** Fires when the image isn't needed any more. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Reserves memory for the bytes that the image takes in total so far. It resolves when
   * there is room. Images are read ahead of their turn and share that room.
   */
  readonly reserve?: ((bytes: number) => Promise<void>) | undefined;
}

/** The bytes of the largest image file that is read into memory: 256 MiB. */
export const MAX_FILE_BYTES = 2 ** 28;

/** The error for a larger file. */
export function tooManyBytes(): ImageTooLargeError {
  return new ImageTooLargeError(
    `Cannot read it as an image file must have <= ${MAX_FILE_BYTES} bytes: it has more`,
  );
}
