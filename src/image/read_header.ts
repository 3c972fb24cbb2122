import { assertBytes } from "../argument.ts";
import { UnsupportedImageError } from "../errors.ts";
import { counted } from "../text/numbers.ts";
import { nameForeignFormat, wayOut } from "./foreign_format.ts";
import { FORMATS } from "./formats.ts";
import { checkedHeader } from "./checked_header.ts";
import { ANY_FORMAT, type ImageHeader } from "./image_format.ts";

/** Bytes that identify any format: BigTIFF needs the most. */
const ENOUGH_BYTES = 16;

/**
 * Reads an image's format, stored size and orientation, without decoding it.
 *
 * @param bytes The file, or its beginning up to the pixels. The whole file is needed
 * for a WebP or PNG whose EXIF follows the pixels, and to count the frames of an
 * animation.
 * @throws {UnsupportedImageError} When the bytes are empty, or not in an
 * {@linkcode ImageFormat}. The message and `format` name the format that was found.
 * @throws {ArgumentError} When `bytes` aren't a `Uint8Array`.
 * @throws {CorruptImageError} When the header is cut short, contradicts its
 * format or has a width or height of 0.
 *
 * @example Read the size of an image
 * ```ts
 * import { readImageHeader } from "@totem/inception";
 *
 * const photo = await Deno.readFile("photo.jpg");
 * const { format, width, height } = readImageHeader(photo);
 * console.log(format, width, height); // jpeg 426 640
 * ```
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  assertBytes("decode an image", bytes);
  return checkedHeader(parse(bytes));
}

function parse(bytes: Uint8Array): ImageHeader {
  for (const { matches, readHeader } of Object.values(FORMATS)) {
    if (matches(bytes)) return readHeader(bytes);
  }
  if (bytes.length === 0) {
    throw new UnsupportedImageError(
      "Cannot decode an empty file: expected the bytes of an image",
    );
  }
  const found = nameForeignFormat(bytes);
  if (found === undefined && bytes.length < ENOUGH_BYTES) {
    throw new UnsupportedImageError(
      `Cannot recognise the file as an image as it has only ${
        counted(bytes.length, "byte")
      }: it may be cut short`,
    );
  }
  throw new UnsupportedImageError(
    found === undefined
      ? `Cannot recognise the file as an image: expected ${ANY_FORMAT}`
      : `Cannot decode ${found}: ${wayOut(found)}`,
    found,
  );
}
