import { throwIfAborted } from "../async/abort.ts";
import { assertOptions } from "../argument.ts";
import {
  assertDecodeOptions,
  assertSize,
  DECODE_OPTIONS,
  type DecodeOptions,
  DEFAULT_MAX_WEBP_PIXELS,
} from "./decode_options.ts";
import { opaquePixels } from "./crop_and_resize.ts";
import { readImageHeader } from "./header.ts";
import { FORMAT_NAMES, type ImageHeader } from "./image_header.ts";
import { bytesOrPixels, type ImageSource } from "./image_source.ts";
import { startUpright } from "./orientation.ts";
import { startTimeSlice, type TimeSlice } from "../async/yield.ts";
import type { Pixels } from "./pixels.ts";
import type { TakeRows } from "./rows.ts";

/**
 * Decodes an image to 8-bit RGBA that is upright (the EXIF orientation is applied)
 * and opaque (alpha is composited over white).
 *
 * Grey and CMYK become RGB, 16 bits become 8. Values stay in the image's own
 * colour space: embedded profiles aren't applied, as training pipelines don't.
 *
 * @param image The bytes of a JPEG, PNG or WebP file, or another
 * {@linkcode ImageSource}. It isn't changed.
 * @param options The pixel limit, and what else may be said.
 * @returns The image; every fourth byte is 255. Pixels that are opaque already are
 * given back as they are.
 * @throws {UnsupportedImageError} When the file is empty, of another format,
 * an animated WebP, a CMYK JPEG without an Adobe marker, or a JPEG other than
 * 8-bit Huffman-coded.
 * @throws {CorruptImageError} When the file is truncated or damaged. A JPEG
 * that is only damaged in its pixels decodes with the damage showing.
 * @throws {ImageTooLargeError} When the header promises more than `maxPixels`,
 * or more than memory can hold.
 * @throws {DecoderUnavailableError} When the format's decoder can't be loaded.
 * @throws {ImageUnavailableError} When it can't be fetched or read.
 * @throws {AbortedError} When the signal fires.
 * @throws {ArgumentError} When the image or an option isn't valid.
 *
 * @example
 * ```ts
 * import { decodeImage } from "@totem/inception";
 *
 * const { data, width, height } = await decodeImage(
 *   await Deno.readFile("photo.jpg"),
 * );
 * console.log(data.length === 4 * width * height); // true
 * ```
 */
export async function decodeImage(
  image: ImageSource,
  options: DecodeOptions = {},
): Promise<Pixels> {
  assertOptions("decode an image", options, DECODE_OPTIONS);
  assertDecodeOptions(options);
  const bytes = await bytesOrPixels(image, options);
  if (!(bytes instanceof Uint8Array)) return opaquePixels(bytes);
  const header = readCheckedHeader(bytes, options, () => true);
  const { format, orientation } = header;
  const timeSlice = startTimeSlice(options.signal);
  // Each decoder is loaded when its format is met.
  if (format === "jpeg") {
    const { decodeJpeg } = await import("./jpeg/decoders.ts");
    const mayEnd = options.allowTruncated ?? false;
    return await decodeJpeg(bytes, orientation, mayEnd, timeSlice);
  }
  const upright = startUpright(header, orientation);
  await decodeStoredRows(bytes, header, timeSlice, upright.addRows);
  return upright.image;
}

/** Hands out the rows of a PNG or WebP as they are stored, opaque. */
export async function decodeStoredRows(
  bytes: Uint8Array,
  header: ImageHeader,
  timeSlice: TimeSlice,
  take: TakeRows,
): Promise<void> {
  if (header.format === "png") {
    const { decodePngRows } = await import("./png/decode_rows.ts");
    await decodePngRows(bytes, timeSlice, take);
  } else {
    const { decodeWebpRows } = await import("./webp/decode_rows.ts");
    await decodeWebpRows(bytes, header, timeSlice, take);
  }
}

/**
 * The header of an image that the options allow.
 *
 * @param isWhole Whether the image will be in memory as a whole.
 * @throws As {@linkcode decodeImage}.
 */
export function readCheckedHeader(
  bytes: Uint8Array,
  options: DecodeOptions,
  isWhole: (header: ImageHeader) => boolean,
): ImageHeader {
  const { signal } = options;
  throwIfAborted(signal); // While it was read.
  const header = readImageHeader(bytes);
  const { format } = header;
  const maxBuffered = options.maxBufferedPixels ??
    (format === "webp" ? DEFAULT_MAX_WEBP_PIXELS : Infinity);
  assertSize(
    `a ${FORMAT_NAMES[format]}`,
    header,
    options,
    isWhole(header) ? maxBuffered : Infinity,
  );
  return header;
}
