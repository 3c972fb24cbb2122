import { throwIfAborted } from "../async/abort.ts";
import { assertOptions } from "../argument.ts";
import {
  assertDecodeOptions,
  assertSize,
  DECODE_OPTIONS,
  type DecodeOptions,
} from "./decode_options.ts";
import { opaquePixels } from "./crop_and_resize.ts";
import { readImageHeader } from "./read_header.ts";
import { type DecodeJob, FORMATS } from "./formats.ts";
import { FORMAT_NAMES, type ImageHeader } from "./image_format.ts";
import { bytesOrPixels, type ImageSource } from "./image_source.ts";
import { startUpright, type Upright } from "./orientation.ts";
import { startTimeSlice } from "../async/yield.ts";
import type { Pixels } from "./pixels.ts";
import type { TakeRows } from "./rows.ts";

/**
 * Decodes an image to 8-bit RGBA that is upright (the EXIF orientation is applied)
 * and opaque (alpha is composited over white).
 *
 * Grey and CMYK become RGB; of 16 bits the upper 8 are used. The levels are those that
 * are stored: colour profiles aren't applied, as in training pipelines.
 *
 * @param image The bytes of a file of any {@linkcode ImageFormat}, or another
 * {@linkcode ImageSource}. It isn't changed.
 * @returns The image; every fourth byte is 255. Opaque pixels are returned as they
 * are.
 * @throws {UnsupportedImageError} When the file is empty, of another format,
 * a CMYK JPEG without an Adobe marker, or a JPEG other than
 * 8-bit Huffman-coded.
 * @throws {CorruptImageError} When the file is truncated or damaged. A JPEG
 * that is only damaged in its pixels decodes with the damage showing.
 * @throws {ImageTooLargeError} When it has more pixels than are allowed or fit into
 * memory.
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
  let upright: Upright | undefined;
  await decodeRows(bytes, header, options, (rows, first) => {
    upright ??= startUpright(header, header.orientation);
    upright.addRows(rows, first);
  });
  return upright!.image;
}

/** How {@linkcode decodeRows} decodes. */
type RowOptions =
  & Pick<DecodeOptions, "allowTruncated" | "signal">
  & Pick<DecodeJob, "region" | "denominator">;

/** Gives the rows of an image as they are stored, opaque, from `left` to `right`. */
export async function decodeRows(
  bytes: Uint8Array,
  header: ImageHeader,
  options: RowOptions,
  take: TakeRows,
): Promise<void> {
  const { region, denominator, allowTruncated: mayEnd = false, signal } =
    options;
  const timeSlice = startTimeSlice(signal);
  const decode = await FORMATS[header.format].loadDecoder();
  await decode({ bytes, header, mayEnd, denominator, region, timeSlice }, take);
}

/** Reads the header of an image that may be in memory as a whole, and checks its size. */
export function readCheckedHeader(
  bytes: Uint8Array,
  options: DecodeOptions,
  isDecodedWhole = (header: ImageHeader) =>
    FORMATS[header.format].isDecodedWhole(header),
): ImageHeader {
  throwIfAborted(options.signal); // While it was read.
  const header = readImageHeader(bytes);
  const { format } = header;
  const maxBuffered = options.maxBufferedPixels ??
    FORMATS[format].maxBufferedPixels;
  assertSize(
    `a ${FORMAT_NAMES[format]}`,
    header,
    options,
    isDecodedWhole(header) ? maxBuffered : Infinity,
  );
  return header;
}
