import {
  CorruptImageError,
  ImageTooLargeError,
  UnsupportedImageError,
} from "../errors.ts";
import {
  type DecodeOptions,
  DEFAULT_MAX_MEMORY,
  DEFAULT_MAX_PIXELS,
} from "../image/decode_options.ts";
import { bytes, count, flag } from "./option_kinds.ts";
import { FileError, messageOf } from "./file_error.ts";
import type { Values } from "./options.ts";

/** Options for `parse()`. */
export const IMAGE_OPTIONS = {
  "max-pixels": count(undefined, 1),
  "max-memory": bytes(undefined),
  "allow-truncated": flag,
};

/** For `--help` of commands that limit the size of images. */
export const LIMITS_HELP = `\
  --max-pixels N     Largest image to decode, in pixels (default: ${DEFAULT_MAX_PIXELS})
  --max-memory BYTES
                     Most memory for decoding an image, such as 400000000 or
                     400MB. AVIF takes 24 bytes per pixel, WebP 12 and HEIC 8;
                     most JPEGs and PNGs take little (default: ${DEFAULT_MAX_MEMORY})`;

/** A section for `--help`. */
export const IMAGE_HELP = `\
Image options:
${LIMITS_HELP}
  --allow-truncated  Decode truncated JPEGs, with the missing part grey`;

export type ImageValues = Values<typeof IMAGE_OPTIONS>;

/** Options for decoding images. */
export type ImageReading = Omit<DecodeOptions, "signal">;

/** The decoding options among the values. */
export function imageReading(values: ImageValues): ImageReading {
  const maxPixels = values["max-pixels"];
  const maxMemory = values["max-memory"];
  return {
    allowTruncated: values["allow-truncated"],
    ...maxPixels !== undefined && { maxPixels },
    ...maxMemory !== undefined && { maxMemory },
  };
}

/** @throws {FileError} When `use` can't decode the image in `file`. */
export async function withImage<T>(
  file: string,
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } catch (error) {
    const isOfImage = error instanceof CorruptImageError ||
      error instanceof ImageTooLargeError ||
      error instanceof UnsupportedImageError;
    if (!isOfImage) throw error;
    throw new FileError("read", file, messageOf(error), { cause: error });
  }
}
