import { CorruptImageError, UnsupportedImageError } from "../../errors.ts";

export function corrupt(why: string): CorruptImageError {
  return new CorruptImageError(`Cannot decode the BMP as ${why}`, "bmp");
}

export function truncated(bytes: Uint8Array): CorruptImageError {
  return corrupt(
    `it is truncated: it has ${bytes.length} bytes and its header says more`,
  );
}

/** The error for an unsupported kind of BMP. */
export function unsupported(found: string): UnsupportedImageError {
  return new UnsupportedImageError(
    `Cannot decode a ${found}: save it as a BMP of 24 bits or a PNG first`,
    found,
  );
}
