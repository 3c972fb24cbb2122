import { ImageTooLargeError } from "../errors.ts";

/** The bytes of the largest image file that is read into memory: 256 MiB. */
export const MAX_FILE_BYTES = 2 ** 28;

/** @throws {ImageTooLargeError} When it is more than {@linkcode MAX_FILE_BYTES}. */
export function assertFileSize(source: string, size: number): void {
  if (size > MAX_FILE_BYTES) throw tooManyBytes(source);
}

/** The error for a larger file. */
export function tooManyBytes(source: string): ImageTooLargeError {
  return new ImageTooLargeError(
    `Cannot read ${source} as an image file must have <= ${MAX_FILE_BYTES} bytes: it has more`,
  );
}
