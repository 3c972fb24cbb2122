/**
 * Decides whether the image or the machine is at fault when an image fails.
 *
 * An image's own fault becomes a row with an error. Any other fault fails the shard,
 * which may succeed in another try or on another machine. Otherwise one bad machine could
 * turn a run into rows of errors. So this file lists the faults of images; all others are
 * the machine's.
 *
 * @module
 */
import {
  CorruptImageError,
  ImageTooLargeError,
  ImageUnavailableError,
  UnsupportedImageError,
} from "../errors.ts";

/**
 * The error in the row of a failed image. It is the same on every machine: it contains no
 * absolute paths and no texts of the operating system.
 */
export interface ImageFault {
  /** The cause, stable across versions. */
  readonly error: string;
  /** A sentence about it. */
  readonly message: string;
}

/** An image that no machine can read. */
export class UnreadableImageError extends ImageUnavailableError {
  /** The error in its row. */
  readonly fault: ImageFault;

  /** An error whose row has this code and message. */
  constructor(error: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = { error, message };
  }
}

/** The number of tries per image address. */
export const TRIES = 3;

/** An image whose server fails or can't be reached in {@linkcode TRIES} tries. */
export class UnreachableImageError extends ImageUnavailableError {}

/** The row of a missing image. */
export const ABSENT: ImageFault = {
  error: "absent",
  message: "there is no such file",
};

/** The row of an image whose server can't be reached. */
export const UNREACHABLE: ImageFault = {
  error: "unreachable",
  message: `unreachable after ${TRIES} tries`,
};

/**
 * The error for the row of an image that failed with `error`; `undefined` if the image
 * isn't at fault, so that the shard fails.
 */
export function faultOf(error: unknown): ImageFault | undefined {
  if (error instanceof UnreadableImageError) return error.fault;
  if (error instanceof UnreachableImageError) return UNREACHABLE;
  const isOwn = error instanceof UnsupportedImageError ||
    error instanceof CorruptImageError ||
    // With a cause, the machine lacks memory or a worker.
    error instanceof ImageTooLargeError && error.cause === undefined;
  return isOwn ? { error: error.code, message: error.message } : undefined;
}
