import {
  expectArgument,
  expectChoice,
  expectSignal,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { AbortedError, ImageTooLargeError } from "../errors.ts";

/** The largest image that is decoded unless a caller says otherwise, in pixels. */
export const DEFAULT_MAX_PIXELS = 50_000_000;

/**
 * The same of a WebP, which is in memory as a whole while it is decoded, in 12 bytes
 * a pixel: 240 MB.
 */
export const DEFAULT_MAX_WEBP_PIXELS = 20_000_000;

/**
 * The most pixels of a side, as a JPEG can't have more. Resizing costs something for
 * each row, so an image of few pixels and millions of rows would be slow.
 */
const MAX_SIDE = 65_535;

/** Options of {@linkcode decodeImage}. */
export interface DecodeOptions {
  /**
   * The largest `width * height` to decode; 50 million unless given. It is checked in
   * the header before any memory is taken. No side may have more than 65,535 pixels.
   *
   * The result has 4 bytes a pixel; decoding takes little more for most, 6 more for
   * a progressive JPEG, 4 for an interlaced PNG and 8 for a WebP.
   *
   * @default {50_000_000}
   */
  readonly maxPixels?: number;
  /**
   * The largest `width * height` of an image that is in memory as a whole while it
   * is decoded; `maxPixels` unless given, and 20 million for a WebP. All images that
   * {@linkcode decodeImage} gives are, and of those that {@linkcode readInput} reads, a
   * WebP, in 12 bytes a pixel, an interlaced PNG, in 4, and what a browser shows, in 8.
   * Set it where there is memory for few pixels.
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
  /** Gives up while the image is fetched, read or decoded. */
  readonly signal?: AbortSignal | undefined;
}

/** All of {@linkcode DecodeOptions}. */
export const DECODE_OPTIONS: OptionNames<DecodeOptions> = {
  maxPixels: true,
  maxWholePixels: true,
  truncated: true,
  signal: true,
};

/**
 * @param options As `expectOptions` has checked them.
 * @throws {ArgumentError} When an option isn't valid.
 * @throws {AbortedError} When the signal has fired.
 */
export function expectDecodeOptions(options: DecodeOptions): void {
  for (const name of ["maxPixels", "maxWholePixels"] as const) {
    const value = options[name];
    expectArgument(
      value === undefined || isNumber(value, (it) => it > 0),
      `decode an image as ${name} must be a number > 0`,
      value,
    );
  }
  const { signal, truncated } = options;
  expectChoice("decode an image", "truncated", truncated, ["error", "keep"]);
  expectSignal("decode an image", signal);
  if (signal?.aborted) throw new AbortedError(signal.reason);
}

/**
 * @param image What it is: "a JPEG".
 * @param maxWhole The limit of an image whose pixels will all be in memory.
 * @throws {ImageTooLargeError} When it has more pixels than are allowed.
 */
export function assertSize(
  image: string,
  { width, height }: { readonly width: number; readonly height: number },
  { maxPixels = DEFAULT_MAX_PIXELS }: DecodeOptions,
  maxWhole = Infinity,
): void {
  const sized = `${image} of ${width}x${height}`;
  if (Math.max(width, height) > MAX_SIDE) {
    throw new ImageTooLargeError(
      `Cannot decode ${sized} pixels as the limit of a side is ${MAX_SIDE}: shrink the image`,
    );
  }
  const pixels = width * height;
  const limits = { maxPixels, maxWholePixels: maxWhole };
  for (const [option, max] of Object.entries(limits)) {
    if (pixels <= max) continue;
    throw new ImageTooLargeError(
      `Cannot decode ${sized} = ${pixels} pixels as the limit is ${max}: shrink the image or raise ${option}`,
    );
  }
}
