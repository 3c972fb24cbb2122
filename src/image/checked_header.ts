import { CorruptImageError } from "../errors.ts";
import { FORMAT_NAMES, type ImageHeader } from "./image_format.ts";

/** @throws {CorruptImageError} When the width or height is 0. */
export function checkedHeader(header: ImageHeader): ImageHeader {
  const { format, width, height } = header;
  if (width > 0 && height > 0) return header;
  throw new CorruptImageError(
    `Cannot decode the ${
      FORMAT_NAMES[format]
    } as its header says ${width}x${height} pixels`,
    format,
  );
}
