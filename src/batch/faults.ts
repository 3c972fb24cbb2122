/**
 * Whose fault it is that an image has no answer.
 *
 * The image's own becomes a row with an error. Anything else fails the shard, which
 * another try or another machine can do: were it a row, one bad machine could turn a
 * run into rows of errors. So what is the image's own is listed here, and what isn't
 * listed is the machine's.
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
 * What a row says of an image that has no answer. It is the same on every machine: it
 * has no path of a root, and none of the system's words.
 */
export interface ImageFault {
  /** The cause, stable across versions. */
  readonly error: string;
  /** It in words. */
  readonly message: string;
}

/** An image that no machine can read. */
export class UnreadableImageError extends ImageUnavailableError {
  /** What its row says. */
  readonly fault: ImageFault;

  /** An error whose row has this code and message. */
  constructor(error: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = { error, message };
  }
}

/** How often an image's address is tried. */
export const TRIES = 3;

/** An image whose server fails or can't be reached, in {@linkcode TRIES} tries. */
export class UnreachableImageError extends ImageUnavailableError {}

/** The row of an image that isn't there. */
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
 * What the row of an image says after an error; `undefined` when the error isn't the
 * image's own, and fails the shard.
 */
export function faultOf(error: unknown): ImageFault | undefined {
  if (error instanceof UnreadableImageError) return error.fault;
  if (error instanceof UnreachableImageError) return UNREACHABLE;
  const isOwn = error instanceof UnsupportedImageError ||
    error instanceof CorruptImageError ||
    // A cause says that this machine has no memory or no worker for it.
    error instanceof ImageTooLargeError && error.cause === undefined;
  return isOwn ? { error: error.code, message: error.message } : undefined;
}
