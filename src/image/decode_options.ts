import { throwIfAborted } from "../async/abort.ts";
import {
  assertArgument,
  assertSignal,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { ImageTooLargeError } from "../errors.ts";

/** The default of `maxPixels`. */
export const DEFAULT_MAX_PIXELS = 50_000_000;

/** The default of `maxBufferedPixels` for WebP, which takes 12 bytes a pixel: 240 MB. */
export const DEFAULT_MAX_WEBP_PIXELS = 20_000_000;

/** The default of `maxBufferedPixels` for AVIF, which takes 20 bytes a pixel and more. */
export const DEFAULT_MAX_AVIF_PIXELS = 16_000_000;

/**
 * How many times `maxPixels` the frames of an animation may have together that are decoded
 * for those that are asked for.
 */
export const FRAMES_PER_LIMIT = 20;

/**
 * The most pixels of a side, as in a JPEG. Each row costs something, so an image of few
 * pixels and millions of rows would be slow.
 */
const MAX_SIDE = 65_535;

/** Options of {@linkcode decodeImage}. */
export interface DecodeOptions {
  /**
   * The largest `width * height` to decode. It is checked in the header, before memory
   * is allocated. No side may have more than 65,535 pixels.
   *
   * The result has 4 bytes a pixel. Decoding takes 6 more for a progressive JPEG, 4 for
   * an interlaced PNG, 8 for a WebP, 14 to 32 for an AVIF, and little more otherwise.
   *
   * @default {50_000_000}
   */
  readonly maxPixels?: number;
  /**
   * The largest `width * height` of an image that is in memory as a whole while it is
   * decoded: any image in {@linkcode decodeImage}; in {@linkcode preprocess} a WebP, in
   * 12 bytes a pixel, an AVIF, in 18 to 36, an interlaced PNG, in 4, and what a browser
   * shows, in 8. Set it where memory is scarce.
   *
   * @default {maxPixels, of a WebP at most 20_000_000, of an AVIF 16_000_000}
   */
  readonly maxBufferedPixels?: number;
  /**
   * Decodes a JPEG that is cut short, with the missing part grey. It is an error
   * otherwise, and always in other formats.
   *
   * @default {false}
   */
  readonly allowTruncated?: boolean;
  /** Aborts fetching, reading and decoding. */
  readonly signal?: AbortSignal | undefined;
}

export const DECODE_OPTIONS: OptionNames<DecodeOptions> = {
  maxPixels: true,
  maxBufferedPixels: true,
  allowTruncated: true,
  signal: true,
};

/** Checks options whose names `assertOptions` has checked, and the signal. */
export function assertDecodeOptions(options: DecodeOptions): void {
  for (const name of ["maxPixels", "maxBufferedPixels"] as const) {
    const value = options[name];
    assertArgument(
      value === undefined || isNumber(value, (it) => it > 0),
      `decode an image as ${name} must be a number > 0`,
      value,
    );
  }
  const { signal, allowTruncated } = options;
  assertArgument(
    allowTruncated === undefined || typeof allowTruncated === "boolean",
    "decode an image as allowTruncated must be a boolean",
    allowTruncated,
  );
  assertSignal("decode an image", signal);
  throwIfAborted(signal);
}

/** @throws {ImageTooLargeError} When `image`, such as "a JPEG", has too many pixels. */
export function assertSize(
  image: string,
  { width, height }: { readonly width: number; readonly height: number },
  { maxPixels = DEFAULT_MAX_PIXELS }: DecodeOptions,
  maxBuffered = Infinity,
): void {
  const sized = `${image} of ${width}x${height}`;
  if (Math.max(width, height) > MAX_SIDE) {
    throw new ImageTooLargeError(
      `Cannot decode ${sized} pixels as the limit of a side is ${MAX_SIDE}: shrink the image`,
    );
  }
  const pixels = width * height;
  const limits = { maxPixels, maxBufferedPixels: maxBuffered };
  for (const [option, max] of Object.entries(limits)) {
    if (pixels <= max) continue;
    throw new ImageTooLargeError(
      `Cannot decode ${sized} = ${pixels} pixels as the limit is ${max}: shrink the image or raise ${option}`,
    );
  }
}
