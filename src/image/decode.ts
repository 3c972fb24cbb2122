import { throwIfAborted } from "../async/abort.ts";
import { assertOptions } from "../argument.ts";
import {
  assertDecodeOptions,
  assertSize,
  DECODE_OPTIONS,
  type DecodeOptions,
  isMemoryScarce,
  type SizedImage,
  startMemory,
} from "./decode_options.ts";
import { opaquePixels } from "./crop_and_resize.ts";
import { checkedHeader } from "./checked_header.ts";
import type { DecodeJob, Format } from "./format.ts";
import {
  FORMAT_NAMES,
  type ImageFormat,
  type ImageHeader,
} from "./image_format.ts";
import { bytesOrPixels, type ImageSource } from "./image_source.ts";
import { JPEG } from "./jpeg/format.ts";
import { startUpright, type Upright } from "./orientation.ts";
import { startTimeSlice } from "../async/yield.ts";
import type { Pixels } from "./pixels.ts";
import type { TakeRows } from "./rows.ts";

/**
 * Decodes an image to 8-bit RGBA that is upright (the EXIF orientation is applied)
 * and opaque (alpha is composited over white).
 *
 * Grey and CMYK become RGB; of 16-bit values, the upper 8 bits are used. Values stay as
 * they are stored: colour profiles aren't applied, as in training pipelines.
 *
 * @param image The bytes of a file of any {@linkcode ImageFormat}, or another
 * {@linkcode ImageSource}. It isn't changed.
 * @returns The image; every fourth byte is 255. Opaque pixels are returned as they
 * are.
 * @throws {UnsupportedImageError} When the file is empty, in another format, or of a
 * kind that isn't decoded: a JPEG that isn't 8-bit and Huffman-coded, a CMYK JPEG
 * without an Adobe marker, a camera's RAW photo, a TIFF of floats. The message names
 * the kind.
 * @throws {CorruptImageError} When the file is truncated or damaged. A JPEG, WebP or HEIC
 * that is only damaged in its pixels may decode with the damage showing.
 * @throws {ImageTooLargeError} When the image exceeds `maxPixels` or `maxMemory`.
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
  const header = await readCheckedHeader(bytes, options);
  const resultBytes = 4 * header.width * header.height;
  let upright: Upright | undefined;
  const rowOptions = { ...options, resultBytes };
  await decodeRows(bytes, header, rowOptions, (rows, first) => {
    upright ??= startUpright(header, header.orientation);
    upright.addRows(rows, first);
  });
  return upright!.image;
}

/** How {@linkcode decodeRows} decodes. */
interface RowOptions
  extends DecodeOptions, Pick<DecodeJob, "region" | "denominator"> {
  /** Memory in bytes that the rows are collected in; 0 unless given. */
  readonly resultBytes?: number;
}

/**
 * Emits the rows of an image as stored, opaque, from `left` to `right`.
 *
 * @throws {ImageTooLargeError} When decoding needs too much memory: before it starts,
 * unless the header doesn't say how much.
 */
export async function decodeRows(
  bytes: Uint8Array,
  header: ImageHeader,
  options: RowOptions,
  take: TakeRows,
): Promise<void> {
  const { region, denominator, allowTruncated: mayEnd = false } = options;
  const { resultBytes } = options;
  const claimMemory = await claimHeader(bytes, header, options, resultBytes);
  const timeSlice = startTimeSlice(options.signal);
  const { loadDecoder } = await formatOf(header.format);
  const decode = await loadDecoder();
  const scale = { denominator, region };
  await decode(
    {
      bytes,
      header,
      mayEnd,
      ...scale,
      isScarce: isMemoryScarce(options),
      claimMemory,
      timeSlice,
    },
    take,
  );
}

/**
 * Claims the memory that an image needs according to its header, plus `ownBytes`.
 *
 * @returns A function that claims memory which only the decoder can predict.
 * @throws {ImageTooLargeError} When that is too much.
 * @throws {DecoderUnavailableError} When that is too much, and a smaller image couldn't
 * be decoded either.
 */
export async function claimHeader(
  bytes: Uint8Array,
  header: ImageHeader,
  options: DecodeOptions,
  ownBytes = 0,
): Promise<(bytes: number) => void> {
  const claim = startMemory(sized(header), options);
  const format = await formatOf(header.format);
  try {
    claim(format.memoryBytes(header, bytes.length) + ownBytes);
  } catch (error) {
    // The advice to shrink the image would be wrong without a decoder.
    await format.assertDecoder?.();
    throw error;
  }
  return claim;
}

/**
 * Reads the header of an image, and checks its size. Most images are JPEGs, which don't
 * need the code of other formats.
 */
export async function readCheckedHeader(
  bytes: Uint8Array,
  options: DecodeOptions,
): Promise<ImageHeader> {
  throwIfAborted(options.signal); // It may have fired while the image was read.
  const header = JPEG.matches(bytes)
    ? checkedHeader(JPEG.readHeader(bytes))
    : (await import("./read_header.ts")).readImageHeader(bytes);
  assertSize(sized(header), options);
  return header;
}

async function formatOf(format: ImageFormat): Promise<Format> {
  return format === "jpeg"
    ? JPEG
    : (await import("./formats.ts")).FORMATS[format];
}

function sized({ format, width, height }: ImageHeader): SizedImage {
  const article = format === "avif" ? "an" : "a";
  return { name: `${article} ${FORMAT_NAMES[format]}`, width, height };
}
