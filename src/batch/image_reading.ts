import { ImageTooLargeError } from "../errors.ts";

/**
 * Reads the file of an image. It gives `undefined` for one that isn't there, which becomes
 * a row. When it throws, the shard fails, but for an error that says that there are too
 * many bytes ({@linkcode ImageTooLargeError}).
 *
 * @param url Its address or path, as the list has it.
 */
export type ReadImage = (
  url: string,
  reading: ImageReading,
) => Promise<Uint8Array | undefined>;

/** How one image is read. */
export interface ImageReading {
  /** Fires when the image isn't wanted any more. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Says how many bytes of memory the image takes by now, and resolves when there is room
   * for them. Images are read ahead of their turn, and share that room.
   */
  readonly reserve?: ((bytes: number) => Promise<void>) | undefined;
}

/** The bytes of the largest image file that is read into memory: 256 MiB. */
export const MAX_FILE_BYTES = 2 ** 28;

/** The error for a larger one. */
export function tooManyBytes(): ImageTooLargeError {
  return new ImageTooLargeError(
    `Cannot read it as an image file must have <= ${MAX_FILE_BYTES} bytes: it has more`,
  );
}
