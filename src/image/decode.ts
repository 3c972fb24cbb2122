import {
  expectArgument,
  expectChoice,
  expectOptions,
  expectSignal,
  isNumber,
} from "../argument.ts";
import { AbortedError, ImageTooLargeError } from "../errors.ts";
import { FORMAT_NAMES, type ImageHeader, readImageHeader } from "./header.ts";
import { startUpright } from "./orientation.ts";
import { type Pace, startPace } from "./pace.ts";
import type { Pixels } from "./pixels.ts";
import type { TakeRows } from "./rows.ts";

/** The largest image that is decoded unless a caller says otherwise, in pixels. */
export const DEFAULT_MAX_PIXELS = 50_000_000;

/**
 * The same of a WebP, which is in memory as a whole while it is decoded, in 12 bytes
 * a pixel: 240 MB.
 */
export const DEFAULT_MAX_WEBP_PIXELS = 20_000_000;

/**
 * The most pixels of a side, as a JPEG can't have more. Resizing costs something for
 * each row, so that one of few pixels and millions of rows would be dear.
 */
const MAX_SIDE = 65_535;

/** Options of {@linkcode decodeImage}. */
export interface DecodeOptions {
  /**
   * The largest `width * height` to decode, checked in the header before any
   * memory is taken. No side may have more than 65,535 pixels.
   *
   * The result has 4 bytes a pixel; decoding takes little more for most, 6 more for
   * a progressive JPEG, 4 for an interlaced PNG and 8 for a WebP.
   *
   * @default {50_000_000}
   */
  readonly maxPixels?: number;
  /**
   * The largest `width * height` of an image that is in memory as a whole while it
   * is decoded: all of those that {@linkcode decodeImage} gives, and of those that
   * {@linkcode readInput} reads a WebP, in 12 bytes a pixel, and an interlaced PNG,
   * in 4. For where there is memory for few pixels.
   *
   * @default {maxPixels, of a WebP at most 20_000_000}
   */
  readonly maxWholePixels?: number;
  /**
   * What becomes of a JPEG that is cut short: an error, or as much of it as there
   * is, with the rest grey. Of other formats it is always an error.
   *
   * @default {"error"}
   */
  readonly truncated?: "error" | "keep";
  /** Gives up during decoding. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes a JPEG, PNG or WebP to 8-bit RGBA that is upright (the EXIF
 * orientation is applied) and opaque (alpha is composited over white).
 *
 * Grey and CMYK become RGB, 16 bits become 8. Values stay in the image's own
 * colour space: embedded profiles aren't applied, as training pipelines don't.
 *
 * @param bytes The whole file. It isn't changed.
 * @param options The pixel limit, and what else may be said.
 * @returns The image; every fourth byte is 255.
 * @throws {UnsupportedImageError} When the file is empty, of another format,
 * an animated WebP, a CMYK JPEG without an Adobe marker, or a JPEG other than
 * 8-bit Huffman-coded.
 * @throws {CorruptImageError} When the file is truncated or damaged. A JPEG
 * that is only damaged in its pixels decodes with the damage showing.
 * @throws {ImageTooLargeError} When the header promises more than `maxPixels`,
 * or more than memory can hold.
 * @throws {DecoderUnavailableError} When the format's decoder can't be loaded.
 * @throws {AbortedError} When the signal fires.
 * @throws {ArgumentError} When an option is none that is taken.
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
  const header = readCheckedHeader(bytes, options, () => true);
  const { format, orientation } = header;
  const pace = startPace(options.signal);
  // Each decoder is loaded when its format is met.
  if (format === "jpeg") {
    const { decodeJpeg } = await import("./jpeg/decode.ts");
    const mayEnd = options.truncated === "keep";
    return await decodeJpeg(bytes, orientation, mayEnd, pace);
  }
  const { image, addRows } = startUpright(header, orientation);
  await decodeStoredRows(bytes, header, pace, addRows);
  return image;
}

/** Hands out the rows of a PNG or WebP as they are stored, opaque. */
export async function decodeStoredRows(
  bytes: Uint8Array,
  header: ImageHeader,
  pace: Pace,
  take: TakeRows,
): Promise<void> {
  if (header.format === "png") {
    const { decodePngRows } = await import("./png/decode_rows.ts");
    await decodePngRows(bytes, pace, take);
  } else {
    const { decodeWebpRows } = await import("./webp/decode_rows.ts");
    await decodeWebpRows(bytes, header, pace, take);
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
  expectOptions("decode an image", options);
  const { maxPixels = DEFAULT_MAX_PIXELS, maxWholePixels, signal } = options;
  for (const name of ["maxPixels", "maxWholePixels"] as const) {
    const value = options[name];
    expectArgument(
      value === undefined || isNumber(value, (it) => it > 0),
      `decode an image as ${name} must be a number > 0`,
      value,
    );
  }
  expectChoice("decode an image", "truncated", options.truncated, [
    "error",
    "keep",
  ]);
  expectSignal("decode an image", signal);
  if (signal?.aborted) throw new AbortedError(signal.reason);
  const header = readImageHeader(bytes);
  assertSize(header, maxPixels, "maxPixels");
  if (isWhole(header)) {
    const max = maxWholePixels ??
      (header.format === "webp" ? DEFAULT_MAX_WEBP_PIXELS : maxPixels);
    assertSize(header, max, "maxWholePixels");
  }
  return header;
}

function assertSize(
  { format, width, height }: ImageHeader,
  max: number,
  option: string,
): void {
  const image = `a ${FORMAT_NAMES[format]} of ${width}x${height}`;
  if (Math.max(width, height) > MAX_SIDE) {
    throw new ImageTooLargeError(
      `Cannot decode ${image} pixels as the limit of a side is ${MAX_SIDE}: shrink the image`,
    );
  }
  if (width * height <= max) return;
  throw new ImageTooLargeError(
    `Cannot decode ${image} = ${
      width * height
    } pixels as the limit is ${max}: shrink the image or raise ${option}`,
  );
}
