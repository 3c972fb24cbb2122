import { expectBytes } from "../argument.ts";
import { CorruptImageError, UnsupportedImageError } from "../errors.ts";
import type { Orientation } from "./exif.ts";
import { nameForeignFormat } from "./foreign_format.ts";
import { isJpeg, readJpegHeader } from "./jpeg/header.ts";
import { isPng, readPngHeader } from "./png/header.ts";
import { isWebp, readWebpHeader } from "./webp/header.ts";

export type { Orientation };

/** A format that Totem decodes. */
export type ImageFormat = "jpeg" | "png" | "webp";

/** What an image file says of itself before its pixels. */
export interface ImageHeader {
  /** The format, from the bytes and not from a file name. */
  readonly format: ImageFormat;
  /** Pixels in a stored row, before the orientation is applied, at least 1. */
  readonly width: number;
  /** Stored rows, before the orientation is applied, at least 1. */
  readonly height: number;
  /** How to show the stored pixels: EXIF's 1..8, where 1 is as stored. */
  readonly orientation: Orientation;
  /** Stored channels of a JPEG: 1 grey, 3 colour, 4 CMYK or YCCK. */
  readonly components?: number;
  /** True of a PNG whose rows come in seven passes, absent otherwise. */
  readonly interlaced?: boolean;
}

/** How messages call the formats. */
export const FORMAT_NAMES: Readonly<Record<ImageFormat, string>> = {
  jpeg: "JPEG",
  png: "PNG",
  webp: "WebP",
};

/**
 * Reads an image's format, stored size and orientation, and decodes nothing.
 * It allocates nothing by what the header claims.
 *
 * @param bytes The file, or its beginning as far as the pixels; a WebP and a
 * PNG whose EXIF follows the pixels need the whole file.
 * @returns The header.
 * @throws {UnsupportedImageError} When the bytes are empty or not a JPEG, PNG
 * or WebP; its text and `format` name what was found.
 * @throws {ArgumentError} When `bytes` aren't a `Uint8Array`.
 * @throws {CorruptImageError} When the header is cut short, contradicts its
 * format or has a width or height of 0.
 *
 * @example Learn the size of an image
 * ```ts ignore
 * const { format, width, height } = readImageHeader(bytes);
 * ```
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  expectBytes("decode an image", bytes);
  const header = parse(bytes);
  if (header.width === 0 || header.height === 0) {
    const name = FORMAT_NAMES[header.format];
    throw new CorruptImageError(
      `Cannot decode the ${name} as its header says ${header.width}x${header.height} pixels`,
      header.format,
    );
  }
  return header;
}

function parse(bytes: Uint8Array): ImageHeader {
  if (isJpeg(bytes)) return readJpegHeader(bytes);
  if (isPng(bytes)) return readPngHeader(bytes);
  if (isWebp(bytes)) return readWebpHeader(bytes);
  if (bytes.length === 0) {
    throw new UnsupportedImageError(
      "Cannot decode an empty file: expected the bytes of a JPEG, PNG or WebP image",
    );
  }
  const found = nameForeignFormat(bytes);
  throw new UnsupportedImageError(
    found === undefined
      ? "Cannot recognise the file as an image: expected JPEG, PNG or WebP"
      : `Cannot decode ${found}: convert it to JPEG, PNG or WebP first`,
    found,
  );
}
