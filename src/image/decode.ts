import {
  AbortedError,
  CorruptImageError,
  ImageTooLargeError,
} from "../errors.ts";
import { flattenOverWhite } from "./flatten.ts";
import { FORMAT_NAMES, type ImageHeader, readImageHeader } from "./header.ts";
import { orient } from "./orientation.ts";
import { startPace } from "./pace.ts";
import type { Pixels } from "./pixels.ts";
import { assertPngComplete } from "./png_header.ts";
import { assertWebpComplete } from "./webp_header.ts";

/** The largest image that is decoded unless a caller says otherwise, in pixels. */
export const DEFAULT_MAX_PIXELS = 50_000_000;

/** Options of {@linkcode decodeImage}. */
export interface DecodeOptions {
  /**
   * The largest `width * height` to decode, checked in the header before any
   * memory is taken. The result has 4 bytes a pixel; decoding takes little more for
   * most JPEGs, and about 6 more for a progressive one, a PNG or a WebP.
   *
   * @default {50_000_000}
   */
  readonly maxPixels?: number;
  /**
   * The largest `width * height` of an image that is in memory as a whole while it
   * is decoded: all but a JPEG that {@linkcode readInput} reads row by row. For
   * where there is memory for few pixels.
   *
   * @default {maxPixels}
   */
  readonly maxWholePixels?: number;
  /**
   * What becomes of a JPEG that is cut short: an error, or as much of it as there
   * is, with the rest grey. Of other formats it is always an error.
   *
   * @default {"error"}
   */
  readonly truncated?: "error" | "keep";
  /** Gives up amid decoding. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes a JPEG, PNG or WebP to 8-bit RGBA that is upright (the EXIF
 * orientation is applied) and opaque (alpha is composited over white).
 *
 * Grey and CMYK become RGB, 16 bits become 8. Values stay in the image's own
 * colour space: embedded profiles aren't applied, as training pipelines don't.
 * A codec that can't be loaded rejects with the runtime's own error, in Deno
 * the one that names the file to allow reading.
 *
 * @param bytes The whole file. It isn't changed.
 * @param options The pixel limit, and what else may be said.
 * @returns The image; every fourth byte is 255.
 * @throws {UnsupportedImageError} When the file is empty, of another format,
 * an animated WebP, a CMYK JPEG without an Adobe marker, or a JPEG other than
 * 8-bit Huffman-coded.
 * @throws {CorruptImageError} When the file is truncated or damaged. A JPEG
 * that is only damaged amid its pixels decodes with the damage showing.
 * @throws {ImageTooLargeError} When the header promises more than `maxPixels`,
 * or more than memory can hold.
 * @throws {AbortedError} When the signal fires.
 * @throws {RangeError} When `maxPixels` isn't a positive number.
 *
 * @example
 * ```ts ignore
 * const { data, width, height } = await decodeImage(bytes);
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<Pixels> {
  const { maxPixels = DEFAULT_MAX_PIXELS, maxWholePixels = maxPixels } =
    options;
  const header = readCheckedHeader(bytes, {
    ...options,
    maxPixels: Math.min(maxPixels, maxWholePixels),
  });
  const { format, orientation } = header;
  // Each decoder is loaded when its format is met.
  if (format === "jpeg") {
    const { decodeJpeg } = await import("./jpeg/decode.ts");
    const mayEnd = options.truncated === "keep";
    const pace = startPace(options.signal);
    return await decodeJpeg(bytes, orientation, mayEnd, pace);
  }
  const stored = await decodeStored(bytes, header, format);
  if (stored.width !== header.width || stored.height !== header.height) {
    throw new CorruptImageError(
      `Cannot decode the ${
        FORMAT_NAMES[format]
      } as its header says ${header.width}x${header.height} pixels and its data ${stored.width}x${stored.height}`,
      format,
    );
  }
  flattenOverWhite(stored.data);
  return orient(stored, orientation);
}

/**
 * The header of an image that the options allow.
 *
 * @throws As {@linkcode decodeImage}.
 */
export function readCheckedHeader(
  bytes: Uint8Array,
  { maxPixels = DEFAULT_MAX_PIXELS, signal }: DecodeOptions,
): ImageHeader {
  if (!(maxPixels > 0)) {
    throw new RangeError(
      `Cannot decode with maxPixels of ${maxPixels}: it must be positive`,
    );
  }
  if (signal?.aborted) throw new AbortedError(signal.reason);
  const header = readImageHeader(bytes);
  assertSize(header, maxPixels);
  return header;
}

function assertSize({ format, width, height }: ImageHeader, max: number): void {
  if (width * height <= max) return;
  throw new ImageTooLargeError(
    `Cannot decode a ${FORMAT_NAMES[format]} of ${width}x${height} = ${
      width * height
    } pixels as the limit is ${max}: shrink the image or raise maxPixels`,
  );
}

async function decodeStored(
  bytes: Uint8Array,
  { width, height }: ImageHeader,
  format: "png" | "webp",
): Promise<Pixels> {
  if (format === "png") {
    assertPngComplete(bytes);
    const { decodePng } = await import("./codecs/png.ts");
    return decodePng(bytes, width * height);
  }
  assertWebpComplete(bytes);
  const { decodeWebp } = await import("./codecs/webp.ts");
  return decodeWebp(bytes, width * height);
}
