import { CorruptImageError, UnsupportedImageError } from "../../errors.ts";

export function corrupt(why: string, cause?: unknown): CorruptImageError {
  return new CorruptImageError(
    `Cannot decode the TIFF as ${why}`,
    "tiff",
    cause === undefined ? undefined : { cause },
  );
}

/** The error for data that ends before its last row. */
export function truncated(): CorruptImageError {
  return corrupt("it is truncated or damaged: data ends before its last row");
}

/** The error for an unsupported kind of TIFF. */
export function unsupported(found: string): UnsupportedImageError {
  return new UnsupportedImageError(
    `Cannot decode a ${found}: save it as an ordinary TIFF of 8 bits or a PNG first`,
    found,
  );
}
